"""What one sweep saw of a controller, and how a run is moved by it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboard.controllers.connecting import longest_request
from dashboard.controllers.models import Controller
from dashboard.runs.deciding import Move
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.states import RunState
from jenkins_api import Executors, Jenkins, Queue, QueueItem, RunningBuild

# A build may not be readable in the moment after its number is known, nor its number in the
# moment after its item left the queue (contract 5 and 14).
GRACE = timedelta(seconds=30)
SOON = timedelta(seconds=5)  # an idle executor takes what can be built well within
# "1 min 2 sec" in any language, at the end of a text or a bracket; not the number of a build
TIME_LEFT = re.compile(r"(?<![#\d.,-])(?:\d[\d.,]*\s*[^\W\d_]+\.?\s*)+(?=\)|$)")


@dataclass
class Sight:
    """What one sweep saw of a controller, and how many requests it made."""

    controller: Controller
    jenkins: Jenkins
    queue: Queue
    executors: Executors
    requests: int = 2
    items: dict[int, QueueItem] = field(init=False)
    by_queue_id: dict[int, RunningBuild] = field(init=False)
    by_number: dict[tuple[str, int], RunningBuild] = field(init=False)
    steps: dict[tuple[str, int], QueueItem] = field(init=False)  # of builds that wait for an agent

    def __post_init__(self) -> None:
        builds = self.executors.builds
        self.items = {item.queue_id: item for item in self.queue.items}
        self.by_number = {(build.job, build.number): build for build in builds}
        self.by_queue_id = {b.queue_id: b for b in builds if b.queue_id is not None}
        stuck_last = sorted(self.queue.items, key=lambda item: item.is_stuck)
        self.steps = {
            (item.job, item.step_of_build): item
            for item in stuck_last
            if item.job and item.step_of_build is not None and not self.is_fresh(item)
        }

    def is_fresh(self, item: QueueItem) -> bool:
        """Whether an executor has it, or it is so new that an idle one may just take it."""
        since = as_datetime(item.buildable_since_ms or item.in_queue_since_ms)
        now = timezone.now() + timedelta(seconds=self.queue.clock_offset_s or 0.0)
        return item.is_pending or (since is not None and now - since < SOON)

    @property
    def has_time(self) -> bool:
        """Whether the lease lasts for another request."""
        lease_until = self.controller.lease_until
        return lease_until is not None and timezone.now() < lease_until - longest_request()


def is_gone(run: Run) -> bool:
    """Whether Jenkins has shown nothing of it for longer than it may take to."""
    now = timezone.now()
    if run.missed_at is None:
        Run.objects.filter(pk=run.pk).update(missed_at=now)
        return False
    return now - run.missed_at > GRACE


def end(run: Run, move: Move) -> None:
    """Move the run to its end; where an abort was asked for and did not do it, tell so."""
    if not run.move_to(move.new, why=move.why, finished_at=timezone.now(), **move.fields):
        return
    if run.abort_asked_by and run.build_result not in ("", "ABORTED"):
        asked = f"{run.abort_asked_by} had asked to abort it"
        run.note(f"{asked}; Jenkins ended the build as {run.build_result}.")


def lose(run: Run, why: str) -> None:
    """Its queue item or build vanished: the verdict will be "lost by the controller"."""
    end(run, Move(RunState.FINISHED, why, {"console_is_complete": True}))


def facts_on_executor(build: RunningBuild) -> dict[str, Any]:
    """What an executor tells of the build on it, as fields of its run."""
    facts: dict[str, Any] = {
        "node": build.node[:200],
        "build_kind": build.kind[:200],
        "waits_for_input": build.waits_for_input,
        "missed_at": None,
    }
    if build.started_ms is not None and build.queue_id is not None:  # else a step tells its own
        facts["started_at"] = as_datetime(build.started_ms)
    if build.estimated_ms is not None:
        facts["estimated_ms"] = build.estimated_ms
    return facts


def only_counts_down(old: str, new: str) -> bool:
    """Whether two texts of Jenkins differ in the time that is left, and in nothing else.

    What waits for another build has a new one each second ("ETA: 29 sec"): as news, it would
    have every open page drawn anew as often.
    """
    return TIME_LEFT.sub("0", old) == TIME_LEFT.sub("0", new)


def words_of(run: Run, item: QueueItem) -> str:
    """Why Jenkins says that ``item`` waits; what the run has, where only its time goes on."""
    why = (item.why or "")[:1000]
    is_same = run.queue_kind == item.kind and only_counts_down(run.queue_why, why)
    return run.queue_why if is_same else why


def facts_of_step(run: Run, item: QueueItem | None) -> dict[str, Any]:
    """What is kept of a running Pipeline's step that waits for an agent, or that none does."""
    return {
        "queue_kind": item.kind if item else "",
        "queue_why": words_of(run, item) if item else "",
        "queue_is_stuck": item is not None and item.is_stuck,
    }


def change_if_new(run: Run, facts: dict[str, Any]) -> None:
    """Write ``facts`` that differ from what the run has; a page is told only of those."""
    new = {name: value for name, value in facts.items() if getattr(run, name) != value}
    if new:
        run.change(**new)
