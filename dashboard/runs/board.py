"""The board: what runs and waits on each controller, what failed last, what a person must decide.

A fixed number of queries, whatever is going on: controllers, active runs, the latest runs and
their jobs, and the rows that are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.functional import cached_property

from dashboard.controllers.models import Controller, Job
from dashboard.people.models import User
from dashboard.runs.explaining import WORKER_TAKES, is_worker_late
from dashboard.runs.models import Run
from dashboard.runs.polling import PolledQuery
from dashboard.runs.states import ACTIVE, RED, WAITING, RunState

LATEST_RUNS = 300  # that strips and "ended last" are made of
PLANS_SHOWN = 12
ENDED_SHOWN = 8
UNDECIDED_SHOWN = 10  # a hard restart may leave hundreds
CARD_RUNS = 100  # rows of one controller; the history has the others
STUCK_AFTER = timedelta(minutes=5)
TOLD = (  # of each controller, in the order of the model's fields
    "id",
    "is_enabled",
    "news",
    "answered_at",
    "sweep_due_at",
    "lease_until",
    "unreachable_since",
)
FILTERS = {"": "All", "mine": "Mine", "failing": "Failing", "stuck": "Stuck"}


@dataclass(frozen=True)
class News:
    """``seen`` grows with every change that a list shows; ``heard`` is each last answer."""

    controllers: tuple[int, ...]
    seen: str
    heard: dict[int, str]


@dataclass(frozen=True)
class Plan:
    """The last runs of one test plan (or of a job without one), newest first."""

    key: tuple[str, int]
    runs: list[Run]

    @property
    def title(self) -> str:
        return self.runs[0].title

    @property
    def last_verdict(self) -> Run | None:
        return next((run for run in self.runs if run.verdict), None)

    @property
    def is_failing(self) -> bool:
        return self.last_verdict is not None and self.last_verdict.verdict in RED


@dataclass(frozen=True)
class Card:
    """One controller on the board with its runs that pass the filter; ``more`` are left out."""

    controller: Controller
    runs: list[Run]
    more: int


@dataclass(frozen=True)
class Tab:
    """One filter of the board and how many runs it shows."""

    name: str
    label: str
    count: int


@dataclass
class Board:
    """The board as ``user`` sees it through the filter ``show``; `read_board` makes it."""

    user: User
    show: str
    controllers: list[Controller]
    going_on: list[Run]  # those that run first, then in the order of their launch; only cells
    latest: list[Run]  # newest first; only cells

    @property
    def seen(self) -> str:
        """The news that its controllers had when they were read, before the runs."""
        return _seen(self.controllers)

    @cached_property
    def holds_until(self) -> datetime | None:
        """When the first of the waiting runs will have waited for too long: no news tells that."""
        now = timezone.now()
        waiting = [run for run in self.going_on if run.state in WAITING]
        unsent = [run.due_at for run in waiting if run.state == RunState.ACCEPTED]
        moments = [run.accepted_at + STUCK_AFTER for run in waiting if not is_stuck(run)]
        moments += [at + WORKER_TAKES for at in unsent if not is_worker_late(at, now)]
        return min(moments, default=None)

    @cached_property
    def plans(self) -> list[Plan]:
        return _by_plan(self.latest)

    @cached_property
    def _shown(self) -> dict[str, list[Run]]:
        """Active and unknown runs by filter."""
        return {name: self._pick(name) for name in FILTERS}

    @cached_property
    def is_moving(self) -> bool:
        """Whether to poll each second: something goes on, or waits for its verdict."""
        goes_on = any(run.state != RunState.UNKNOWN for run in self.going_on)
        return goes_on or any(_waits_for_verdict(run) for run in self.latest)

    @cached_property
    def tabs(self) -> list[Tab]:
        """The filters; failing counts the plans whose last verdict is red."""
        failing = sum(plan.is_failing for plan in self.plans)
        counts = {name: len(runs) for name, runs in self._shown.items()} | {"failing": failing}
        return [Tab(name, label, counts[name]) for name, label in FILTERS.items()]

    @cached_property
    def cards(self) -> list[Card]:
        """Each controller with its active runs: those that run first, then those that wait."""
        cards = []
        for controller in self.controllers:
            runs = self._active_on(controller)
            shown = runs[:CARD_RUNS]
            cards.append(Card(controller, shown, more=len(runs) - len(shown)))
        return [card for card in cards if card.runs or not self.show]

    @cached_property
    def unknown(self) -> list[Run]:
        """Runs that pass the filter and wait for a person to decide what became of them; only
        cells."""
        return [run for run in self._shown[self.show] if run.state == RunState.UNKNOWN]

    @cached_property
    def undecided(self) -> list[Run]:
        """The first of them, with all that is shown of them."""
        first = [run.pk for run in self.unknown[:UNDECIDED_SHOWN]]
        return self.read_rows(first) if first else []

    @cached_property
    def ended(self) -> list[Run]:
        """What ended last; through "failing" the last run of each failing plan."""
        if self.show == "failing":
            last = [plan.last_verdict for plan in self.plans if plan.is_failing]
            return sorted(filter(None, last), key=_when_ended, reverse=True)
        if self.show == "stuck":
            return []
        ended = [run for run in self.latest if run.is_ended]
        if self.show == "mine":
            ended = [run for run in ended if run.owner_id == self.user.pk]
        return sorted(ended, key=_when_ended, reverse=True)[:ENDED_SHOWN]

    @property
    def in_rows(self) -> list[Run]:
        """The runs that have a row; only cells."""
        return [*(run for card in self.cards for run in card.runs), *self.ended]

    def read_rows(self, ids: list[int]) -> list[Run]:
        """What rows show of some runs, in one read."""
        rows = Run.objects.visible_to(self.user).filter(pk__in=ids).for_rows()
        without_controller = rows.select_related(None).select_related("job", "owner").order_by("pk")
        return list(_on(self.controllers, without_controller).values())

    def _active_on(self, controller: Controller) -> list[Run]:
        return [
            run
            for run in self._shown[self.show]
            if run.controller_id == controller.pk and run.state != RunState.UNKNOWN
        ]

    @property
    def strips(self) -> list[Plan]:
        return self.plans[:PLANS_SHOWN]

    def _pick(self, name: str) -> list[Run]:
        runs = self.going_on
        if name == "mine":
            return [run for run in runs if run.owner_id == self.user.pk]
        if name == "failing":
            failing = {plan.key for plan in self.plans if plan.is_failing}
            return [run for run in runs if _plan_key(run) in failing]
        if name == "stuck":
            return [run for run in runs if is_stuck(run)]
        return runs


def read_board(user: User, show: str = "") -> Board:
    """The board as ``user`` sees it through the filter ``show``; an unknown one shows all."""
    # Read first: what changes meanwhile is asked for again
    controllers = list(Controller.objects.visible_to(user))
    visible = Run.objects.visible_to(user).for_cells()
    # Sorted below: for an order by id SQLite would walk all runs there ever were
    going_on = _on(controllers, visible.filter(state__in=[*ACTIVE, RunState.UNKNOWN])).values()
    latest = _on(controllers, visible.order_by("-pk")[:LATEST_RUNS])
    # One that ended between these two reads stands once: htmx removes all rows of one id
    active = [run for run in going_on if not latest.get(run.pk, run).is_ended]
    jobs = Job.objects.only("full_name", "gone_at", "is_disabled", "is_buildable", "may_cancel")
    prefetch_related_objects([*active, *latest.values()], Prefetch("job", jobs))
    return Board(
        user=user,
        show=show if show in FILTERS else "",
        controllers=controllers,
        going_on=sorted(active, key=lambda run: (run.state != RunState.RUNNING, run.pk)),
        latest=list(latest.values()),
    )


def _on(controllers: list[Controller], runs: Iterable[Run]) -> dict[int, Run]:
    """``runs`` by id, each with its controller out of ``controllers``."""
    by_id = {controller.pk: controller for controller in controllers}
    found = {run.pk: run for run in runs if run.controller_id in by_id}
    for run in found.values():
        run.controller = by_id[run.controller_id]
    return found


_TOLD = PolledQuery(lambda user: Controller.objects.visible_to(user).values_list(*TOLD))


def news_for(user: User) -> News:
    """What this person's controllers have to tell a list, in one read."""
    rows = [Controller.from_db(DEFAULT_DB_ALIAS, TOLD, row) for row in _TOLD.rows(user)]
    return News(
        controllers=tuple(row.pk for row in rows),
        seen=_seen(rows),
        heard={row.pk: row.data_from.isoformat() for row in rows if row.data_from},
    )


def _seen(controllers: list[Controller]) -> str:
    """That one is followed no more, time alone tells."""
    unfollowed = sum(controller.unfollowed_since is not None for controller in controllers)
    return f"{sum(each.news for each in controllers)}.{len(controllers)}.{unfollowed}"


def is_stuck(run: Run) -> bool:
    """Whether a run that has not ended needs somebody to look at it."""
    waits = run.state not in (RunState.RUNNING, RunState.UNKNOWN)
    return (
        run.state == RunState.UNKNOWN
        or run.waits_for_input
        or run.controller.is_stale
        or run.queue_is_stuck
        or (waits and timezone.now() - run.accepted_at > STUCK_AFTER)
    )


def _waits_for_verdict(run: Run) -> bool:
    return run.state == RunState.FINISHED and not run.verdict


def _when_ended(run: Run) -> datetime:
    return run.finished_at or run.accepted_at


def _by_plan(runs: list[Run]) -> list[Plan]:
    """``runs`` by plan, the plan that ran last first; joined runs are not counted twice."""
    plans: dict[tuple[str, int], Plan] = {}
    for run in runs:
        if run.joined_to_id is None:
            key = _plan_key(run)
            plans.setdefault(key, Plan(key, [])).runs.append(run)
    return list(plans.values())


def _plan_key(run: Run) -> tuple[str, int]:
    """A plan goes by its name wherever it runs; without one, each job is its own."""
    return (run.plan, 0) if run.plan else ("", run.job_id)
