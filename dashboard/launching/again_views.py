"""Run again: at once with the same parameters, or by the filled form."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.launching.forms import ParametersForm, read_key
from dashboard.launching.launching import launch_run
from dashboard.launching.views import show_form, take_launch
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.runs.comparing import asked_parameters
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from dashboard.shared.htmx import HtmxHttpRequest, see_other


@require_http_methods(["GET", "HEAD", "POST"])
def again_form(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """Run again with changes: the form as the run had it; a POST launches."""
    run = find_run(request, pk)
    if run.state == RunState.UNKNOWN:
        return decide_first(request, run)
    if request.method == "POST":
        return take_launch(request, run.job, again_of=run)
    form = ParametersForm(run.job, values=asked_parameters(run))
    return show_form(request, run.job, form, again_of=run)


@require_POST
@role_required(Role.TESTER)
def again(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Run again as it was; where something has to be typed or chosen anew, by the form."""
    run = find_run(request, pk)
    if run.state == RunState.UNKNOWN:
        return decide_first(request, run)
    if not may_repeat(run):
        return redirect("launching:again_form", pk=run.pk)
    repeated = launch_run(
        job=run.job,
        owner=request.user,
        key=read_key(request.POST.get("key")) or uuid4(),
        parameters=None if run.parameters is None else asked_parameters(run),
        secret_values={},
        again_of=run,
    )
    return see_other(repeated)


def decide_first(request: HtmxHttpRequest, run: Run) -> HttpResponse:
    """Back to an unknown run: repeated now, it might run twice."""
    messages.warning(request, "Decide first what became of this run.")
    return see_other(run)


def may_repeat(run: Run) -> bool:
    """Whether the job still takes what ``run`` was given, and nothing secret was among it."""
    if run.secret_names or run.job.why_not_launchable:
        return False
    if (run.parameters is None) != (not run.job.parameters):
        return False  # plain then, parameterized now, or the other way round
    old = asked_parameters(run)
    form = ParametersForm(run.job, data={f"p-{name}": value for name, value in old.items()})
    return all(name in form.fields and name not in form.errors for name in old)


def find_run(request: HtmxHttpRequest, pk: int) -> Run:
    """A run that this person may see, with its job, else 404."""
    visible = Run.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("job__controller", "controller"), pk=pk)
