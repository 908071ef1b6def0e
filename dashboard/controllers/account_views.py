"""An admin connects a controller, changes how we sign in there, or disconnects it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.controllers import connecting
from dashboard.controllers.addresses import warn_of_twins
from dashboard.controllers.examining import Examination
from dashboard.controllers.forms import ControllerForm
from dashboard.controllers.models import Controller
from dashboard.controllers.views import find_controller
from dashboard.controllers.waiting import waits_for_controller
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.shared.htmx import INVALID, HtmxHttpRequest
from dashboard.shared.nudging import nudge


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
def connect_new(request: HtmxHttpRequest) -> HttpResponseBase:
    """The form for another controller; a POST tests it, and keeps it where all went well."""
    if request.method == "POST":
        return take_account(request, Controller())
    return _show(request, ControllerForm())


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
def change(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """The same for one that is there, also where it was disconnected."""
    controller = get_object_or_404(Controller, pk=pk)
    if request.method == "POST":
        return take_account(request, controller)
    return _show(request, ControllerForm(instance=controller))


@sensitive_post_parameters("secret")
@waits_for_controller
def take_account(request: HtmxHttpRequest, controller: Controller) -> HttpResponse:
    """Test what a form holds and keep it, or show the form with what is wrong."""
    form = ControllerForm(request.POST, instance=controller)
    if not form.is_valid():
        return _show(request, form)
    try:
        examination = connecting.connect(form.controller())
    except connecting.TokenUnreadable as error:
        form.add_error("secret", str(error))
        return _show(request, form)
    if examination.error:
        return _show(request, form, examination)
    nudge("controllers.read_catalogue", form.instance.pk)
    messages.success(request, f"{form.instance} is connected. A worker reads its jobs now.")
    if warning := warn_of_twins(form.instance):
        messages.warning(request, warning)
    return redirect("controllers:controller", form.instance.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
def disconnect(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Ask once, then ask the controller nothing any more."""
    controller = find_controller(request, pk)
    if request.method != "POST":
        return render(request, "controllers/disconnect.html", {"controller": controller})
    connecting.disconnect(controller)
    messages.success(request, f"{controller} is disconnected. Its jobs and runs are kept.")
    return redirect("controllers:list")


def _show(
    request: HtmxHttpRequest, form: ControllerForm, examination: Examination | None = None
) -> HttpResponse:
    # The row as it stands: a form that was not accepted has put its values into the instance
    kept = Controller.objects.filter(pk=form.instance.pk).first()
    context = {"form": form, "controller": kept, "examination": examination}
    status = INVALID if form.is_bound else 200
    return render(request, "controllers/connect.html", context, status=status)
