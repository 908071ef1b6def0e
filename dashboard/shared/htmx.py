"""What views and htmx agree on: the request type, answers, and signed-out polls."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from dashboard.people.models import User


View = Callable[..., HttpResponseBase]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
SEE_OTHER, CONFLICT, INVALID = 303, 409, 422


class HtmxHttpRequest(HttpRequest):
    """A request after HtmxMiddleware, from somebody signed in."""

    htmx: HtmxDetails
    user: User


def wants_fragment(request: HtmxHttpRequest) -> bool:
    """Whether htmx asks for a part; a history restore gets the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def part_of(page: str) -> Callable[[View], View]:
    """For a view of a part of ``page``, which has the same arguments: opened alone, as from a
    link or the address bar, it leads to that page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def show(request: HtmxHttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs) if request.htmx else redirect(page, **kwargs)

        return show

    return decorate


def nothing_new() -> HttpResponse:
    """The answer to a poll that has seen everything: htmx swaps nothing."""
    return HttpResponse(status=204)


def see_other(to: Any) -> HttpResponse:
    """To the page of ``to`` (a run, or an address) by GET: what was posted is done."""
    return HttpResponseRedirect(resolve_url(to), status=SEE_OTHER)


def came_from(request: HttpRequest) -> str:
    """The page that a form was sent from, or the board: never somebody else's site."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return page
    return resolve_url(settings.LOGIN_REDIRECT_URL)


class SignedInMiddleware(LoginRequiredMiddleware):
    """Everybody signs in first; a signed-out htmx request gets 403 and reloads its page.

    A redirect would put the sign-in form inside a badge. What was pressed by somebody whose
    session had ended leads back to its page, which says so: its own address may know no GET.
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
        if to_sign_in is not None and request.method not in SAFE_METHODS:
            said = "You had to sign in first, so what you pressed was not done. Press it again."
            messages.warning(request, said)
            return redirect_to_login(came_from(request))
        return to_sign_in
