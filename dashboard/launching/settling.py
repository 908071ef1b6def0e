"""What a person decides about a launch whose answer was lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.controllers.connecting import sweep_soon
from dashboard.people.models import User
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.noting import doubt_of
from dashboard.runs.states import RunState
from dashboard.shared.nudging import nudge

# What a run knows of the queue item and the build that it is taken for
OF_A_BUILD = re.compile(
    r"(queue|queued|build|console|abort)_.*|missed_at|joined_to|node|is_kept|started_at"
    r"|estimated_ms|duration_ms|waits_for_input"
)


class SettlingRefused(Exception):
    """What was asked cannot be done; the text says why, for the person who asked."""


def adopt_build(run: Run, number: int, *, who: User) -> None:
    """It is build ``number``: follow that one as this run.

    Does not wait for Jenkins: where it has no such build, the next sweep moves the run back.
    """
    why = f"{who} says that it is build {number}."
    if run.abort_asked_at:
        why += " The abort that was asked before is not carried out: ask again to end it."
    known = _fresh() | {
        "build_number": number,
        "build_before": run.build_number,
        "queue_session": run.controller.session,
        "queued_at": run.queued_at,  # whether Jenkins took it is known, whichever build it is
        "missed_at": run.missed_at,  # and whether it shows us nothing of it
    }
    try:
        with transaction.atomic():
            moved = run.move_to(RunState.RUNNING, why=why, who=who, **known)
            if moved:
                run.console_chunks.all().delete()
    except IntegrityError:
        running = Run.objects.filter(job=run.job, build_number=number, state=RunState.RUNNING)
        other = running.filter(joined_to=None).first()
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
        moved = run.move_to(RunState.ACCEPTED, why=why, who=who, **_fresh(), **due)
        if moved:
            run.console_chunks.all().delete()
    _check(moved)
    nudge("launching.submit_run", run.pk)


def give_up(run: Run, *, who: User) -> None:
    """End the run without a verdict; nothing is sent and nothing is stopped in Jenkins."""
    moved = run.move_to(
        RunState.CANCELLED,
        why=f"{who} gave it up. {doubt_of(run).text}",
        who=who,
        finished_at=timezone.now(),
    )
    _check(moved)


def _fresh() -> dict[str, Any]:
    """A run before it has a queue item or a build: both ways out of unknown that lead to one
    begin here, so that nothing of what it was taken for stays."""
    fields = Run._meta.concrete_fields
    return {field.name: field.get_default() for field in fields if OF_A_BUILD.fullmatch(field.name)}


def _check(moved: bool) -> None:
    if not moved:
        raise SettlingRefused("Somebody else has settled this run meanwhile.")
