"""*Check now*, the one place here where a page waits for a controller."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dashboard.controllers.checking import check_now
from dashboard.controllers.models import Controller
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.shared.htmx import HtmxHttpRequest

SEE_OTHER = 303


@require_POST
@role_required(Role.ADMIN)
def check(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Ask a controller now, and say on the page one came from what it answered."""
    controller = get_object_or_404(Controller.objects.visible_to(request.user), pk=pk)
    if check_now(controller):
        answered = f"{controller} answered in {controller.answered_in_s:.2g} s."
        messages.success(request, f"{answered} Its queue and its jobs are read next.")
    else:
        messages.error(request, f"{controller}: {controller.trouble}")
    return HttpResponseRedirect(_page_before(request), status=SEE_OTHER)


def _page_before(request: HtmxHttpRequest) -> str:
    """Where the person came from, or the board: never somebody else's site."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return came_from
    return resolve_url("runs:board")
