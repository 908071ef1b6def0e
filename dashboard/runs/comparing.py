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
    """How ``run`` differs from the run it repeats, in the order of its form, passwords last."""
    if run.again_of is None:
        return []
    passwords = [
        Difference(name, _how_sent(was_sent), _how_sent(is_sent))
        for name, was_sent, is_sent in passwords_of(run)
        if was_sent != is_sent
    ]
    return compare(asked_parameters(run.again_of), asked_parameters(run)) + passwords


def passwords_of(run: Run) -> list[tuple[str, bool, bool]]:
    """Each password that was sent: its name, whether by the run that ``run`` repeats, and by it.

    They are not kept, so two that were both sent cannot be compared.
    """
    new = run.secret_names
    old = run.again_of.secret_names if run.again_of else new
    return [(name, name in old, name in new) for name in sorted({*old, *new})]


def _how_sent(is_sent: bool) -> str:
    return "sent" if is_sent else "not sent"


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """The parameters whose value changed, came or went."""
    names = dict.fromkeys([*new, *old])
    return [
        Difference(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]
