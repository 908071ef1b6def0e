"""Checks that views put before their work."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from dashboard.people.models import Role
from dashboard.shared.htmx import HtmxHttpRequest

P = ParamSpec("P")
View = Callable[Concatenate[HtmxHttpRequest, P], HttpResponseBase]


def role_required(role: Role) -> Callable[[View[P]], View[P]]:
    """Let a view be used by ``role`` and those above it; others get 403 and a sentence."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(
            request: HtmxHttpRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if request.user.role < role:
                raise PermissionDenied(f"This needs the role {role.label.lower()}.")
            return view(request, *args, **kwargs)

        return checked

    return decorate
