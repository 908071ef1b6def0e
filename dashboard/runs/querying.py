"""Which runs, and how much of each: what lists, sweeps and workers ask the database for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from dashboard.runs.states import ACTIVE, RunState

if TYPE_CHECKING:
    from dashboard.people.models import User
    from dashboard.runs.models import Run  # noqa: F401  named in a string below

# What a cell of a strip, and a count, need of a run
CELL = (
    "version",
    "job",
    "controller",
    "owner",
    "joined_to",
    "plan",
    "state",
    "verdict",
    "build_result",
    "tests_failed",
    "failed_every_time",
    "reruns",
    "reruns_used",
    "waits_for_input",
    "queue_is_stuck",
    "accepted_at",
    "due_at",
    "finished_at",
    "duration_ms",
)
# What no row of a list shows, and may be large
HEAVY = (
    "build_causes",
    "abort_why",
    "abort_refused",
    "report_trouble",
    "console_note",
    "job__description",
    "job__builds",
    "controller__nodes",
    "controller__check_steps",
)
PARAMETERS = ("parameters", "job__parameters")
# Plans are looked for among the newest runs: a scan of all of them would grow with the years
LOOK_BACK_RUNS = 1_000


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> Self:
        """Runs this person may see: those of controllers they may see."""
        return self.filter(controller__is_enabled=True)

    def active(self) -> Self:
        """Runs that wait or run; an unknown one waits for a person, not for us."""
        return self.filter(state__in=ACTIVE)

    def in_jenkins(self) -> Self:
        """Runs that a sweep follows."""
        return self.filter(state__in=(RunState.QUEUED, RunState.RUNNING))

    def for_rows(self, *, with_parameters: bool = False) -> Self:
        """With the job, controller and owner of each, and without what no row of a list shows."""
        heavy = HEAVY if with_parameters else HEAVY + PARAMETERS
        return self.select_related("job", "controller", "owner").defer(*heavy)

    def for_cells(self) -> Self:
        """With only what cells of a strip and counts need."""
        return self.only(*CELL)

    def names_of_plans(self) -> list[str]:
        """Plans among the newest of these runs, the one that ran last first."""
        newest = self.order_by("-pk").values_list("plan", flat=True)[:LOOK_BACK_RUNS]
        return [name for name in dict.fromkeys(newest) if name]

    def console_to_read(self, now: datetime) -> Self:
        """Finished runs whose console is due to be read on, that no worker reads just now."""
        return self.filter(
            Q(console_lease_until=None) | Q(console_lease_until__lt=now),
            state=RunState.FINISHED,
            console_is_complete=False,
            joined_to=None,
            console_due_at__lte=now,
            build_number__isnull=False,
            controller__is_enabled=True,
            controller__unreachable_since=None,
        )

    def console_being_read(self, now: datetime) -> Self:
        """Finished runs whose console a worker reads just now."""
        return self.filter(
            state=RunState.FINISHED,
            console_is_complete=False,
            joined_to=None,
            console_lease_until__gt=now,
        )

    def to_conclude(self) -> Self:
        """Finished runs without a verdict yet."""
        return self.filter(state=RunState.FINISHED, concluded_at=None)
