"""What a person decides about an unknown run: it is build N, send it again, give it up."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from dashboard.launching import settling
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from dashboard.shared.htmx import HtmxHttpRequest, see_other


class BuildForm(forms.Form):
    """The build that a person says the run is."""

    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)


@require_POST
@role_required(Role.TESTER)
def adopt(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """It is this build: follow it as the run."""
    form = BuildForm(request.POST)

    def adopt_it(run: Run) -> None:
        if not form.is_valid():
            raise settling.SettlingRefused("Type the number of the build, such as 612.")
        settling.adopt_build(run, form.cleaned_data["number"], who=request.user)

    return _settle(request, pk, adopt_it)


@require_POST
@role_required(Role.TESTER)
def send(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Send the same launch once more."""
    return _settle(request, pk, lambda run: settling.send_again(run, who=request.user))


@require_POST
@role_required(Role.TESTER)
def give_up(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """End the run without a verdict."""
    return _settle(request, pk, lambda run: settling.give_up(run, who=request.user))


def _settle(request: HtmxHttpRequest, pk: int, decide: Callable[[Run], None]) -> HttpResponse:
    """Carry out a decision and go back to the run, saying what stood in the way."""
    visible = Run.objects.visible_to(request.user).select_related("job", "controller")
    run = get_object_or_404(visible, pk=pk)
    try:
        if run.state != RunState.UNKNOWN:
            raise settling.SettlingRefused("This run is settled already: nothing was changed.")
        decide(run)
    except settling.SettlingRefused as refusal:
        messages.error(request, str(refusal))
    return see_other(run)
