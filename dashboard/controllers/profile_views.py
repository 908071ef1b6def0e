"""The profile: who one is here, and one's own access to each controller."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.controllers.accessing import (
    TokenLeft,
    give_token,
    make_token,
    refusal,
    revoke_access,
    try_access,
)
from dashboard.controllers.forms import AccessForm
from dashboard.controllers.models import Access, Controller
from dashboard.controllers.views import find_controller
from dashboard.controllers.waiting import waits_for_controller
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.shared.htmx import INVALID, HtmxHttpRequest
from jenkins_api import JenkinsError


@require_safe
def profile(request: HtmxHttpRequest) -> HttpResponse:
    """Name, role, and as whom one launches on each controller."""
    return _show(request)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TESTER)
def give(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """Take a token, or have one made; whoever comes by a GET wants the form, in the profile."""
    controller = find_controller(request, pk)
    if request.method != "POST":
        return redirect("controllers:profile")
    return take_secret(request, controller)


@sensitive_post_parameters("secret")
@waits_for_controller
def take_secret(request: HtmxHttpRequest, controller: Controller) -> HttpResponse:
    """Prove a token, or have one made by password, and keep it."""
    form = AccessForm(request.POST)
    if not form.is_valid():
        return _show(request, form, controller, "Give your name in Jenkins and the secret.")
    user, secret = form.cleaned_data["user"], form.cleaned_data["secret"]
    by_password = form.cleaned_data["by_password"]
    try:
        if by_password:
            left = make_token(request.user, controller, user=user, password=secret)
        else:
            left = give_token(request.user, controller, user=user, token=secret)
    except JenkinsError as error:
        why = refusal(error, user, by_password=by_password)
        return _show(request, form, controller, f"{why} Nothing was kept.")
    except TokenLeft as error:
        return _show(request, form, controller, str(error))
    messages.success(request, f"You launch as {user} on {controller} from now on.")
    if left:
        messages.warning(request, left)
    return redirect("controllers:profile")


@require_POST
@waits_for_controller
def test(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Ask Jenkins whether it still takes one's token."""
    access = _accesses(request).filter(controller=find_controller(request, pk)).first()
    if access is None:
        return _say_gone(request, pk)
    try:
        try_access(access)
    except JenkinsError as error:
        why = refusal(error, access.user)
        messages.error(request, f"{access.controller}: {why}")
    else:
        messages.success(request, f"{access.controller} takes you for {access.user}.")
    return redirect("controllers:profile")


@require_POST
@waits_for_controller
def drop(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Forget one's token; one that Runboard had made is revoked in Jenkins first.

    With ``only_here``, or where the controller was disconnected, it is only forgotten.
    """
    access = _accesses(request).filter(controller_id=pk).first()
    if access is None:
        return _say_gone(request, pk)
    done = f"Runboard has forgotten your token for {access.controller}"
    is_asked = access.controller.is_enabled and "only_here" not in request.POST
    if not access.token_uuid or not is_asked:
        access.row().delete()
        messages.success(request, f"{done}.")
        return redirect("controllers:profile")
    try:
        revoke_access(access)
    except JenkinsError:  # the profile says why
        messages.error(
            request, f"Your token for {access.controller} was not revoked, so it is kept."
        )
    else:
        messages.success(request, f"{done}, and Jenkins no longer accepts it.")
    return redirect("controllers:profile")


def _say_gone(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """For whoever presses a button of a page on which a token was still there."""
    controller = find_controller(request, pk)
    messages.warning(request, f"You have no token for {controller} any more.")
    return redirect("controllers:profile")


def _accesses(request: HtmxHttpRequest) -> QuerySet[Access]:
    """Those of whoever asks, to disconnected controllers too; nobody reaches somebody else's."""
    return Access.objects.filter(person=request.user).select_related("controller")


def _show(
    request: HtmxHttpRequest,
    form: AccessForm | None = None,
    of: Controller | None = None,
    trouble: str = "",
) -> HttpResponse:
    own = {access.controller_id: access for access in _accesses(request)}
    visible = Controller.objects.visible_to(request.user)
    context = {
        "rows": [(controller, own.get(controller.pk)) for controller in visible],
        "left": [access for access in own.values() if not access.controller.is_enabled],
        "form": form,
        "of": of,
        "trouble": trouble,
    }
    return render(request, "controllers/profile.html", context, status=INVALID if form else 200)
