"""Sign-in and sign-out."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView

from dashboard.people.forms import SignInForm


class SignIn(LoginView):
    """Name and password; somebody signed in already goes on to where they wanted."""

    template_name = "people/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """By POST only, so that no link or picture signs anybody out."""
