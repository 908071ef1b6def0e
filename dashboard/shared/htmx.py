"""What views and htmx agree on: the request type, fragments, and signed-out polls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from dashboard.people.models import User


class HtmxHttpRequest(HttpRequest):
    """A request after HtmxMiddleware, from somebody signed in."""

    htmx: HtmxDetails
    user: User


def wants_fragment(request: HtmxHttpRequest) -> bool:
    """Whether htmx asks for a part; a history restore gets the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def nothing_new() -> HttpResponse:
    """The answer to a poll that has seen everything: htmx swaps nothing."""
    return HttpResponse(status=204)


class SignedInMiddleware(LoginRequiredMiddleware):
    """Everybody signs in first; a signed-out htmx request gets 403 and reloads its page.

    A redirect would put the sign-in form inside a badge.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[Any, Any],
    ) -> HttpResponseBase | None:
        to_sign_in = super().process_view(request, view_func, view_args, view_kwargs)
        if to_sign_in is not None and "HX-Request" in request.headers:
            return HttpResponse(status=403, headers={"HX-Refresh": "true"})
        return to_sign_in
