"""One sweep of a controller: what its queue and executors say of all our runs there.

Two requests whatever the number of runs (the queue, then the executors), plus one for each
run that stands on neither or has just begun, one for each console and each job that somebody
watches, and aborts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, note_answer, note_trouble
from dashboard.controllers.models import Controller
from dashboard.runs.aborting import send_abort
from dashboard.runs.deciding import Move, after_build, after_queue_item
from dashboard.runs.last_builds import is_anything_watched, jobs_to_read, read_last_builds
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.reading import read_console
from dashboard.runs.states import RunState
from jenkins_api import (
    AnswerLost,
    Build,
    Executors,
    Jenkins,
    JenkinsError,
    NotSent,
    Queue,
    QueueItem,
    RunningBuild,
    Unavailable,
)

log = structlog.get_logger(__name__)

TICK_S = 1.0
IDLE_TICK_S = 15.0
LEASE = timedelta(seconds=90)
# Nothing is asked any more when less than this is left of the lease: more than one request's
# timeouts, so that a sweep never outlives its lease.
LEASE_MARGIN = timedelta(seconds=30)
# A build may not be readable in the moment after its number is known, nor its number in the
# moment after its item left the queue (contract 5 and 14).
GRACE = timedelta(seconds=30)


@dataclass
class Sweep:
    """What one sweep holds while it works."""

    controller: Controller
    jenkins: Jenkins
    queue: Queue
    executors: Executors
    requests: int = 2
    items: dict[int, QueueItem] = field(default_factory=dict)
    by_queue_id: dict[int, RunningBuild] = field(default_factory=dict)
    by_number: dict[tuple[str, int], RunningBuild] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.items = {item.queue_id: item for item in self.queue.items}
        for build in self.executors.builds:
            self.by_number[build.job, build.number] = build
            if build.queue_id is not None:
                self.by_queue_id[build.queue_id] = build

    @property
    def has_time(self) -> bool:
        """Whether the lease is long enough for another request."""
        lease_until = self.controller.lease_until
        return lease_until is not None and timezone.now() < lease_until - LEASE_MARGIN


def sweep(controller_id: int) -> None:
    """Follow all runs of a controller once, unless another worker does so already."""
    started_at = timezone.now()
    controller = _take_lease(controller_id, started_at)
    if controller is None:
        return
    with client_for(controller) as jenkins:
        try:
            # In this order: a build that starts in between is then seen on its executor.
            queue = jenkins.queue()
            executors = jenkins.executors()
        except JenkinsError as error:
            note_trouble(controller, error)
            _release(controller)
            return
        work = Sweep(controller, jenkins, queue, executors)
        _note_what_is_shown(work)
        try:
            _follow_all(work)
            _read_watched_jobs(work)
        except (NotSent, AnswerLost, Unavailable) as error:
            note_trouble(controller, error)
            _release(controller)
            return
    _release(controller, sweep_due_at=started_at + _pause_after(work))


def _pause_after(work: Sweep) -> timedelta:
    """From the start of a sweep to the next: a tick, or longer where the budget asks for it."""
    controller = work.controller
    if not controller.runs.active().exists() and not is_anything_watched(controller):
        return timedelta(seconds=IDLE_TICK_S)
    budget_s = work.requests * 60 / controller.requests_per_minute
    # Beat's ticks are not exact: a sweep due a moment after its tick would wait for the next.
    return timedelta(seconds=max(TICK_S, budget_s) - TICK_S / 4)


def _take_lease(controller_id: int, now: datetime) -> Controller | None:
    mine = Controller.objects.due(now).filter(pk=controller_id)
    if not mine.update(lease_until=now + LEASE, fence=F("fence") + 1):
        return None
    return Controller.objects.get(pk=controller_id)


def _release(controller: Controller, **changes: Any) -> None:
    """Give the lease back, unless it ran out and another worker has a newer one."""
    mine = Controller.objects.filter(pk=controller.pk, fence=controller.fence)
    mine.update(lease_until=None, **changes)


def _note_what_is_shown(work: Sweep) -> None:
    """Keep what the header and the board tell of the controller itself."""
    controller, queue, executors = work.controller, work.queue, work.executors
    facts = {
        "executors_total": executors.total,
        "executors_busy": executors.busy,
        "queue_length": len(queue.items),
        "nodes": [
            {
                "name": node.name,
                "labels": sorted(node.labels),
                "is_offline": node.is_offline,
                "offline_reason": node.offline_reason,
            }
            for node in executors.nodes
        ],
    }
    is_news = any(getattr(controller, name) != value for name, value in facts.items())
    note_answer(
        controller,
        session=queue.session or controller.session,
        version=queue.version or controller.version,
        answered_in_s=queue.answered_in_s,
        clock_offset_s=queue.clock_offset_s or 0.0,
        **facts,
    )
    if is_news:
        Controller.objects.filter(pk=controller.pk).bump_news()


def _follow_all(work: Sweep) -> None:
    runs = work.controller.runs.in_jenkins().select_related("job", "joined_to", "controller")
    for run in runs.order_by("pk"):
        if not work.has_time:
            return  # the next sweep goes on
        try:
            _follow(run, work)
        except (NotSent, AnswerLost, Unavailable):
            raise
        except JenkinsError as error:  # about this run only, such as a permission taken away
            log.warning("run not followed", run=run.pk, why=explain(error))


def _read_watched_jobs(work: Sweep) -> None:
    for job in jobs_to_read(work.controller, timezone.now()):
        if not work.has_time:
            return  # the next sweep goes on
        work.requests += 1
        read_last_builds(job, work.jenkins)


def _follow(run: Run, work: Sweep) -> None:
    if work.queue.session and run.queue_session not in ("", work.queue.session):
        _after_restart(run, work)
    elif run.state == RunState.QUEUED and run.queue_id is not None:
        _follow_queued(run, run.queue_id, work)
    if run.state == RunState.RUNNING and run.build_number is not None:
        _follow_running(run, run.build_number, work)
    if run.abort_asked_at and not run.is_ended:
        work.requests += send_abort(run, work.jenkins)
    if run.state == RunState.RUNNING and run.is_watched(timezone.now()) and work.has_time:
        work.requests += 1
        read_console(run, work.jenkins)


def _after_restart(run: Run, work: Sweep) -> None:
    """Jenkins started anew since the launch: queue ids were given out again.

    A build's number is not: number, queue id and start time together prove that it is ours.
    """
    if run.state == RunState.QUEUED or run.build_number is None:
        run.move_to(
            RunState.UNKNOWN,
            why="Jenkins was restarted while this run waited in its queue; "
            "whether it still waits or runs there is for a person to say.",
        )
        return
    build = _ask_for_build(run, run.build_number, work)
    if build is None:
        _lose(run, f"Jenkins was restarted and no longer has build {run.build_number}.")
    elif run.started_at in (None, as_datetime(build.started_ms)) and run.queue_id in (
        None,
        -1,
        build.queue_id,
    ):
        run.note(
            f"Jenkins was restarted; build {build.number} is the same as before.",
            queue_session=work.queue.session,
        )
    else:
        run.move_to(
            RunState.UNKNOWN,
            why=f"Jenkins was restarted and its build {build.number} is now another one.",
        )


def _follow_queued(run: Run, queue_id: int, work: Sweep) -> None:
    if item := work.items.get(queue_id):
        _note_waiting(run, item)
    elif build := work.by_queue_id.get(queue_id):
        _become(run, build.number, **_facts_on_executor(build))
    else:
        _follow_left(run, queue_id, work)


def _note_waiting(run: Run, item: QueueItem) -> None:
    facts = {
        "queue_kind": item.kind,
        "queue_is_stuck": item.is_stuck,
        "queue_until": as_datetime(item.waits_until_ms),
        "left_queue_at": None,
    }
    # In the quiet period Jenkins's words count down; the page does that by `queue_until`.
    if item.waits_until_ms is None or run.queue_kind != item.kind:
        facts["queue_why"] = (item.why or "")[:1000]
    _change_if_new(run, facts)


def _follow_left(run: Run, queue_id: int, work: Sweep) -> None:
    """It left the queue and stands on no executor: ask for its item, then for its build."""
    work.requests += 1
    item = work.jenkins.queue_item(queue_id)
    move = after_queue_item(item)
    if move and move.new == RunState.RUNNING:
        _become(run, move.fields["build_number"])
        return
    if move:
        _end(run, _named(run, move))
        return
    if item is not None and not item.has_left:
        _note_waiting(run, item)
        return
    if item is None:  # forgotten: five minutes after leaving, or at once on a busy controller
        number = _number_by_queue_id(run, queue_id, work)
        if number is not None:
            _become(run, number)
            return
    now = timezone.now()
    if run.left_queue_at is None:
        Run.objects.filter(pk=run.pk).update(left_queue_at=now)
    elif now - run.left_queue_at > GRACE:
        _lose(run, f"Queue item {queue_id} left the queue and no build came of it.")


def _named(run: Run, move: Move) -> Move:
    """Why Jenkins cancelled it, where that was our own switch."""
    switch = run.job.switches.select_related("who").first()
    is_older = switch and run.queued_at and switch.at < run.queued_at
    if switch is None or switch.is_on or is_older or run.abort_asked_at:
        return move
    return replace(move, why=f"Job switched off by {switch.who}: {switch.why}")


def _number_by_queue_id(run: Run, queue_id: int, work: Sweep) -> int | None:
    work.requests += 1
    builds = work.jenkins.recent_builds(run.job.full_name)
    return next((build.number for build in builds if build.queue_id == queue_id), None)


def _follow_running(run: Run, number: int, work: Sweep) -> None:
    on_executor = work.by_number.get((run.job.full_name, number))
    if on_executor and on_executor.is_building is not False and not run.is_adopted_unseen:
        _change_if_new(run, _facts_on_executor(on_executor))
        if run.build_id:
            return  # its executor tells all that changes; id, cause and keepLog are known
    build = _ask_for_build(run, number, work)
    if build is None:
        _follow_missing_build(run)
        return
    marker = build.parameters.get(work.controller.marker_parameter, "")
    if run.is_adopted_unseen and marker not in ("", str(run.uuid)):
        _unadopt(run, f"Build {number} is not this run's: it carries another run's mark.")
        return
    _change_if_new(run, _facts_of_build(build))
    if move := after_build(build):
        _end(run, move)


def _follow_missing_build(run: Run) -> None:
    if run.is_adopted_unseen:
        _unadopt(run, f"Jenkins has no build {run.build_number} of {run.job}.")
    elif run.left_queue_at is None or timezone.now() - run.left_queue_at > GRACE:
        _lose(run, f"Jenkins no longer has build {run.build_number}.")


def _unadopt(run: Run, why: str) -> None:
    """The build that a person named cannot be this run's: ask again."""
    run.move_to(RunState.UNKNOWN, why=why, build_number=None)


def _ask_for_build(run: Run, number: int, work: Sweep) -> Build | None:
    work.requests += 1
    return work.jenkins.build(run.job.full_name, number)


def _become(run: Run, number: int, **facts: Any) -> None:
    """A queued run became build ``number``; where another run has that build, join it."""
    holder = (
        Run.objects.filter(job=run.job, build_number=number, joined_to=None)
        .exclude(pk=run.pk)
        .first()
    )
    if holder and run.joined_to is None:
        facts["joined_to"] = holder
    run.move_to(
        RunState.RUNNING,
        why=f"Left the queue: build {number}.",
        build_number=number,
        left_queue_at=timezone.now(),
        **facts,
    )


def _end(run: Run, move: Move) -> None:
    run.move_to(move.new, why=move.why, finished_at=timezone.now(), **move.fields)


def _lose(run: Run, why: str) -> None:
    _end(run, Move(RunState.FINISHED, why, {"console_is_complete": True}))


def _facts_on_executor(build: RunningBuild) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "node": build.node[:200],
        "build_kind": build.kind[:200],
        "waits_for_input": build.waits_for_input,
    }
    if build.started_ms is not None:
        facts["started_at"] = as_datetime(build.started_ms)
    if build.estimated_ms is not None:
        facts["estimated_ms"] = build.estimated_ms
    return facts


def _facts_of_build(build: Build) -> dict[str, Any]:
    return {
        "queue_id": build.queue_id if build.queue_id != -1 else None,
        "build_id": build.build_id[:100],
        "build_kind": build.kind[:200],
        "build_causes": list(build.causes)[:20],
        "is_kept": build.is_kept,
        "started_at": as_datetime(build.started_ms),
    }


def _change_if_new(run: Run, facts: dict[str, Any]) -> None:
    new = {name: value for name, value in facts.items() if getattr(run, name) != value}
    if new:
        run.change(**new)
