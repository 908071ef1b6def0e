"""Pages about controllers, and what one has them asked: check, read the jobs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard.controllers.checking import check_now
from dashboard.controllers.models import Controller
from dashboard.controllers.waiting import waits_for_controller
from dashboard.controllers.wording import in_seconds
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.shared.htmx import HtmxHttpRequest, came_from, see_other
from dashboard.shared.nudging import nudge


@require_safe
def controllers(request: HtmxHttpRequest) -> HttpResponse:
    """All that this person may see; an admin also sees those that are disconnected."""
    disconnected = Controller.objects.filter(is_enabled=False) if request.user.is_admin else None
    return render(request, "controllers/list.html", {"disconnected": disconnected})


@require_safe
def lamps(request: HtmxHttpRequest) -> HttpResponse:
    """The header's lamps and the banner, for a page that follows nothing else of them."""
    return render(request, "frame/lamps_news.html")


@require_safe
def controller(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """One controller: what the last sweep and the last check saw of it."""
    controller = find_controller(request, pk)
    known = controller.jobs.filter(gone_at=None)
    context = {"controller": controller, "jobs": known.count()}
    return render(request, "controllers/controller.html", context)


@require_POST
@role_required(Role.TESTER)
@waits_for_controller
def check(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Ask a controller now, and say on the page one came from what it answered."""
    controller = find_controller(request, pk)
    if check_now(controller):
        answered = f"{controller} answered in {in_seconds(controller.answered_in_s or 0)}."
        messages.success(request, f"{answered} Its queue and its jobs are read next.")
    else:
        messages.error(request, f"{controller}: {controller.trouble}")
    return see_other(came_from(request))


@require_POST
@role_required(Role.ADMIN)
def read_jobs(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Have a worker read the catalogue now."""
    controller = find_controller(request, pk)
    Controller.objects.filter(pk=pk).update(catalogue_due_at=timezone.now())
    nudge("controllers.read_catalogue", pk)
    if controller.is_away:
        messages.warning(request, f"Its jobs are read as soon as {controller} answers again.")
    else:
        messages.success(request, f"A worker reads the jobs of {controller} now.")
    return see_other(came_from(request))


def find_controller(request: HtmxHttpRequest, pk: int) -> Controller:
    """A controller that this person may see, else 404."""
    return get_object_or_404(Controller.objects.visible_to(request.user), pk=pk)
