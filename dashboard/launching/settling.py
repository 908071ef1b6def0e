"""What a person decides about a launch whose answer was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.controllers.connecting import sweep_soon
from dashboard.people.models import User
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState
from dashboard.shared.nudging import nudge

# What a run knows of a queue item and a build before it has any: both ways out of unknown
# begin here, so that nothing of what it was taken for stays.
FRESH: dict[str, Any] = {
    "queue_id": None,
    "queue_kind": "",
    "queue_why": "",
    "queue_until": None,
    "missed_at": None,
    "joined_to": None,
    "build_number": None,
    "build_id": "",
    "build_causes": [],
    "node": "",
    "started_at": None,
    "estimated_ms": None,
    "duration_ms": None,
    "waits_for_input": False,
    "abort_asked_at": None,
    "abort_asked_by": None,
    "abort_why": "",
    "abort_sent_at": None,
    "console_offset": 0,
    "console_bytes": 0,
    "console_lines": 0,
    "console_is_complete": False,
    "console_note": "",
    "console_lease_until": None,
}


class SettlingRefused(Exception):
    """What was asked cannot be done; the text says why, for the person who asked."""


def adopt_build(run: Run, number: int, *, who: User) -> None:
    """It is build ``number``: follow that one as this run.

    Does not wait for Jenkins: where it has no such build, the next sweep moves the run back.
    """
    why = f"{who} says that it is build {number}."
    if run.abort_asked_at:
        why += " The abort that was asked before is not carried out: ask again to end it."
    known = FRESH | {"build_number": number, "queue_session": run.controller.session}
    try:
        with transaction.atomic():
            moved = run.move_to(RunState.RUNNING, why=why, who=who, **known)
            if moved:
                run.console_chunks.all().delete()
    except IntegrityError:
        other = Run.objects.filter(job=run.job, build_number=number, joined_to=None).first()
        raise SettlingRefused(f"Build {number} belongs to run {other and other.pk}.") from None
    _check(moved)
    sweep_soon(run.controller_id)


def send_again(run: Run, *, who: User) -> None:
    """Send the same launch once more; if the first arrived after all, the plan runs twice."""
    if run.secret_names and not RunSecrets.objects.filter(run=run).exists():
        raise SettlingRefused(
            "Its password parameters are no longer kept. Use Run again with changes, "
            "which asks for them."
        )
    now = timezone.now()
    due = {"due_at": now, "not_after": now + timedelta(seconds=settings.NOT_AFTER_S)}
    with transaction.atomic():
        why = f"{who} had it sent again."
        moved = run.move_to(RunState.ACCEPTED, why=why, who=who, **FRESH, **due)
        if moved:
            run.console_chunks.all().delete()
    _check(moved)
    nudge("launching.submit_run", run.pk)


def give_up(run: Run, *, who: User) -> None:
    """End the run without a verdict; nothing is sent and nothing is stopped in Jenkins."""
    moved = run.move_to(
        RunState.CANCELLED,
        why=f"{who} gave it up; whether Jenkins took it was never known.",
        who=who,
        finished_at=timezone.now(),
    )
    _check(moved)


def _check(moved: bool) -> None:
    if not moved:
        raise SettlingRefused("Somebody else has settled this run meanwhile.")
