"""What tables of runs say of their parameters, and why one cannot launch or switch a job."""

from __future__ import annotations

from django import template
from django.utils.text import Truncator

from dashboard.launching.forms import default_of
from dashboard.launching.launching import why_not_launch
from dashboard.launching.switching import why_not_switchable
from dashboard.runs.comparing import asked_parameters
from dashboard.runs.models import Run

register = template.Library()
register.filter("why_not_launch", why_not_launch)
register.filter("why_not_switchable", why_not_switchable)


@register.filter
def other_parameters(run: Run) -> str:
    """What a run was given beside its plan, in one line: "NoOfReruns=2, Environment=staging".

    What is as the job's default says nothing, and is left out.
    """
    usual = {definition["name"]: default_of(definition) for definition in run.job.parameters}
    shown = asked_parameters(run)
    shown.pop(run.controller.plan_parameter, None)
    shown = {name: value for name, value in shown.items() if value != usual.get(name, "")}
    pairs = [f"{name}={Truncator(value).chars(40)}" for name, value in shown.items()]
    return Truncator(", ".join(pairs)).chars(200)
