"""Forms of this room: a controller's address and account, and a person's own access."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from dashboard.controllers.models import Controller
from jenkins_api import Jenkins

# Below these Jenkins answers even /login with 404
BELOW_ROOT = re.compile(r"(?:/+(?:me|user/+[^/]+)/+my-views)?/+(job|view)/+[^/]")


def _words(what: str) -> dict[str, str]:
    """Our sentences for a text field that is empty or too long."""
    return {
        "required": f"Give {what}.",
        "max_length": "This is too long: %(limit_value)d characters at most.",
    }


class ControllerForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Address and account. The secret is never shown; left empty it stays as it is."""

    secret = forms.CharField(
        required=False, max_length=1000, strip=True, error_messages=_words("the secret")
    )

    class Meta:
        model = Controller
        fields = ("name", "url", "user", "by_password")
        error_messages = {  # noqa: RUF012  as Django's own classes write it
            "name": _words("a name"),
            "url": _words("the address"),
            "user": _words("the user that Runboard is to be in Jenkins"),
        }

    def clean_name(self) -> str:
        """A name of its own: nobody tells apart two that differ only in their case."""
        name: str = self.cleaned_data["name"]
        if "name" in self.changed_data:
            called_so = Controller.objects.filter(name__iexact=name)
            if other := called_so.exclude(pk=self.instance.pk).first():
                raise ValidationError(f"Another controller has this name: {other}.")
        return name

    def clean_url(self) -> str:
        """An address that a client takes, and not one of a page that somebody had open."""
        url: str = self.cleaned_data["url"]
        try:
            Jenkins(url).close()
        except ValueError as error:
            raise ValidationError(f"It is no address of a Jenkins: {error}.") from error
        parts = urlsplit(url)
        if below := BELOW_ROOT.search(parts.path):
            root = parts._replace(path=f"{parts.path[: below.start()]}/").geturl()
            raise ValidationError(f"This is the address of a {below[1]}. Give the root: {root}")
        return url

    def clean(self) -> dict[str, Any]:
        """A kept secret goes nowhere else: another address or account needs it again."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("secret"):
            changed = {"url", "user", "by_password"} & set(self.changed_data)
            if self.instance.pk is None or changed:
                why = "With another address or account, give" if self.instance.pk else "Give"
                self.add_error("secret", f"{why} the API token or password.")
        return cleaned

    def controller(self) -> Controller:
        """The row as it would be, not saved."""
        controller: Controller = self.instance
        if secret := self.cleaned_data["secret"]:
            controller.token = secret
        return controller


class AccessForm(forms.Form):
    """A person's name in Jenkins, and a token of theirs or the password to make one with."""

    user = forms.CharField(max_length=200)
    secret = forms.CharField(max_length=1000)
    by_password = forms.BooleanField(required=False)
