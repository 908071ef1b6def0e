"""The board: what runs and waits on each controller, what failed last, what a person must decide.

A fixed number of queries, whatever is going on: controllers, active runs, and the latest runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import cached_property

from dashboard.controllers.models import Controller
from dashboard.people.models import User
from dashboard.runs.models import Run
from dashboard.runs.states import ACTIVE, RED, RunState

LATEST_RUNS = 300  # that strips and "ended last" are made of
PLANS_SHOWN = 12
CELLS = 12
ENDED_SHOWN = 8
STUCK_AFTER = timedelta(minutes=5)
FILTERS = {"": "All", "mine": "Mine", "failing": "Failing", "stuck": "Stuck"}
ROW = ("job", "owner", "controller")  # what a run's row reads beside the run
# What a cell of a strip needs, and what tells which runs ended last
CELL = [
    "plan",
    "state",
    "verdict",
    "build_result",
    "tests_failed",
    "failed_every_time",
    "reruns",
    "reruns_used",
    "waits_for_input",
    "joined_to",
    "owner",
    "accepted_at",
    "finished_at",
    "job__full_name",
]


@dataclass(frozen=True)
class News:
    """``seen`` grows with every change that a list shows; ``heard`` is each last answer."""

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
    """One controller on the board, with the runs there that pass the filter."""

    controller: Controller
    runs: list[Run]


@dataclass(frozen=True)
class Tab:
    """One filter of the board and how many runs it shows."""

    name: str
    label: str
    count: int


class Board:
    """The board as ``user`` sees it through the filter ``show``."""

    def __init__(self, user: User, show: str = "") -> None:
        self.show = show if show in FILTERS else ""
        self.seen = news_for(user).seen  # read first: what changes meanwhile is asked for again
        self.controllers = list(Controller.objects.visible_to(user))
        self._latest = _latest(user)
        self.plans = _by_plan(self._latest)
        going_on = _going_on(user)
        self._shown = {name: self._pick(going_on, name, user) for name in FILTERS}
        self._user = user

    @cached_property
    def is_moving(self) -> bool:
        """Whether to poll each second."""
        return any(run.state != RunState.UNKNOWN for run in self._shown[""])

    @property
    def runs(self) -> list[Run]:
        return self._shown[self.show]

    @cached_property
    def tabs(self) -> list[Tab]:
        """The filters; failing counts the plans whose last verdict is red."""
        failing = sum(plan.is_failing for plan in self.plans)
        counts = {name: len(runs) for name, runs in self._shown.items()} | {"failing": failing}
        return [Tab(name, label, counts[name]) for name, label in FILTERS.items()]

    @cached_property
    def cards(self) -> list[Card]:
        """Each controller with its active runs: those that run first, then those that wait."""
        cards = [
            Card(
                controller,
                [
                    run
                    for run in self.runs
                    if run.controller_id == controller.pk and run.state != RunState.UNKNOWN
                ],
            )
            for controller in self.controllers
        ]
        return [card for card in cards if card.runs or not self.show]

    @property
    def undecided(self) -> list[Run]:
        """Runs of which nobody knows whether Jenkins took them."""
        return [run for run in self._shown[""] if run.state == RunState.UNKNOWN]

    @cached_property
    def ended(self) -> list[Run]:
        """What ended last; through "failing" the last run of each failing plan."""
        rows = Run.objects.select_related(*ROW).in_bulk([run.pk for run in self._ended()])
        return sorted(rows.values(), key=_when_ended, reverse=True)

    def _ended(self) -> list[Run]:
        if self.show == "failing":
            last = [plan.last_verdict for plan in self.plans if plan.is_failing]
            return [run for run in last if run is not None]
        if self.show == "stuck":
            return []
        ended = [run for run in self._latest if run.is_ended]
        if self.show == "mine":
            ended = [run for run in ended if run.owner_id == self._user.pk]
        return sorted(ended, key=_when_ended, reverse=True)[:ENDED_SHOWN]

    @property
    def strips(self) -> list[Plan]:
        return self.plans[:PLANS_SHOWN]

    def _pick(self, runs: list[Run], name: str, user: User) -> list[Run]:
        if name == "mine":
            return [run for run in runs if run.owner_id == user.pk]
        if name == "failing":
            failing = {plan.key for plan in self.plans if plan.is_failing}
            return [run for run in runs if _plan_key(run) in failing]
        if name == "stuck":
            return [run for run in runs if is_stuck(run)]
        return runs


def news_for(user: User) -> News:
    """What this person's controllers have to tell a list, in one read."""
    rows = list(Controller.objects.visible_to(user).values_list("pk", "news", "answered_at"))
    seen = f"{sum(news for _, news, _ in rows)}.{len(rows)}"
    return News(seen, {pk: at.isoformat() for pk, _, at in rows if at})


def is_stuck(run: Run) -> bool:
    """Whether a run that has not ended needs somebody to look at it."""
    waits = run.state not in (RunState.RUNNING, RunState.UNKNOWN)
    return (
        run.state == RunState.UNKNOWN
        or run.waits_for_input
        or run.controller.is_away
        or (waits and (run.queue_is_stuck or timezone.now() - run.accepted_at > STUCK_AFTER))
    )


def _going_on(user: User) -> list[Run]:
    """Runs that have not ended, those that run first, then in the order of their launch."""
    runs = Run.objects.visible_to(user).filter(state__in=[*ACTIVE, RunState.UNKNOWN])
    runs = runs.select_related(*ROW).order_by("pk")
    return sorted(runs, key=lambda run: run.state != RunState.RUNNING)


def _latest(user: User) -> list[Run]:
    runs = Run.objects.visible_to(user).select_related("job").only(*CELL).order_by("-pk")
    return list(runs[:LATEST_RUNS])


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
