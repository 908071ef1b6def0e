"""The sign-in form."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Django's, in our words."""

    error_messages = {  # noqa: RUF012  as Django's own class writes it
        "invalid_login": "That name and password do not belong together.",
        "inactive": "This account is switched off. Ask an admin.",
    }
