"""What a run was given, and how that differs from the run it repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.controllers.models import Controller
from dashboard.runs.models import Run


@dataclass(frozen=True)
class Difference:
    """One parameter that changed; None where one of the two runs was not given it."""

    name: str
    old: str | None
    new: str | None


def own_parameters(controller: Controller) -> frozenset[str]:
    """Parameters that Runboard fills in itself: no form, link or comparison shows them."""
    return frozenset({controller.marker_parameter, controller.person_parameter})


def asked_parameters(run: Run) -> dict[str, str]:
    """What a person chose for ``run``, in the order of its form; passwords are never among it.

    The order is the job's: PostgreSQL keeps none of what it stores as jsonb.
    """
    given, hidden = run.parameters or {}, own_parameters(run.controller)
    names = dict.fromkeys([*(each["name"] for each in run.job.parameters), *given])
    return {name: given[name] for name in names if name in given and name not in hidden}


def differences(run: Run) -> list[Difference]:
    """How ``run`` differs from the run it repeats, in the order of its form."""
    if run.again_of is None:
        return []
    return compare(asked_parameters(run.again_of), asked_parameters(run))


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """The parameters whose value changed, came or went."""
    names = dict.fromkeys([*new, *old])
    return [
        Difference(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]
