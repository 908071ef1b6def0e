"""What a controller's queue and executors say of one run, and what is asked beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboard.controllers.connecting import longest_request
from dashboard.controllers.models import Controller
from dashboard.runs.aborting import send_abort, tell_joined
from dashboard.runs.deciding import Move, after_build, after_queue_item, became_build
from dashboard.runs.estimating import usual_ms
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.noting import NONE_OF_OURS, is_shared, switched_off_by
from dashboard.runs.reading import read_console
from dashboard.runs.states import RunState
from jenkins_api import Build, Executors, Jenkins, Queue, QueueItem, RunningBuild

# A build may not be readable in the moment after its number is known, nor its number in the
# moment after its item left the queue (contract 5 and 14).
GRACE = timedelta(seconds=30)
CLOCKS_AGREE = timedelta(seconds=3)  # Jenkins tells its own by whole seconds


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

    def __post_init__(self) -> None:
        builds = self.executors.builds
        self.items = {item.queue_id: item for item in self.queue.items}
        self.by_number = {(build.job, build.number): build for build in builds}
        self.by_queue_id = {b.queue_id: b for b in builds if b.queue_id is not None}

    @property
    def has_time(self) -> bool:
        """Whether the lease lasts for another request."""
        lease_until = self.controller.lease_until
        return lease_until is not None and timezone.now() < lease_until - longest_request()


def follow(run: Run, sight: Sight) -> None:
    """Move ``run`` by what was seen, asking more only where that is not enough.

    Raises JenkinsError where a request about this run failed.
    """
    if sight.queue.session and run.queue_session not in ("", sight.queue.session):
        _after_restart(run, sight)
    elif run.state == RunState.QUEUED and run.queue_id is not None:
        _follow_queued(run, run.queue_id, sight)
    if run.state == RunState.RUNNING and run.build_number is not None:
        _follow_running(run, run.build_number, sight)
    if run.abort_asked_at and not run.is_ended:
        sight.requests += send_abort(run, sight.jenkins)
    if run.state == RunState.RUNNING and run.is_watched(timezone.now()) and sight.has_time:
        sight.requests += 1
        read_console(run, sight.jenkins)


def _after_restart(run: Run, sight: Sight) -> None:
    """Jenkins started anew since the launch: queue ids were given out again.

    A build's number is not, unless its job was made anew: number, queue id and start time
    together prove that it is ours.
    """
    if run.state == RunState.QUEUED or run.build_number is None:
        run.move_to(
            RunState.UNKNOWN,
            why="Jenkins was restarted while this run waited in its queue; "
            "whether it still waits or runs there is for a person to say.",
        )
        return
    build = _ask_for_build(run, run.build_number, sight)
    if build is None:
        _lose(run, f"Jenkins was restarted and no longer has build {run.build_number}.")
    elif _may_be_its(run, build) and run.queue_id in (None, -1, build.queue_id):
        run.note(
            f"Jenkins was restarted; build {build.number} is the same as before.",
            queue_session=sight.queue.session,
        )
    else:
        run.move_to(
            RunState.UNKNOWN,
            why=f"Jenkins was restarted and its build {build.number} is now another one.",
        )


def _follow_queued(run: Run, queue_id: int, sight: Sight) -> None:
    if item := sight.items.get(queue_id):
        _note_waiting(run, item)
    elif build := sight.by_queue_id.get(queue_id):
        _become(run, became_build(build.number), **_facts_on_executor(build))
    else:
        _follow_left(run, queue_id, sight)


def _note_waiting(run: Run, item: QueueItem) -> None:
    if not run.queue_kind and _waited_before(run, item) and not is_shared(run):
        run.note(NONE_OF_OURS)  # a plain job's launch is not told (contract 4.1)
    facts = {
        "queue_kind": item.kind,
        "queue_is_stuck": item.is_stuck,
        "queue_until": as_datetime(item.waits_until_ms),
        "missed_at": None,
    }
    # In the quiet period Jenkins's words count down; the page does that by `queue_until`.
    if item.waits_until_ms is None or run.queue_kind != item.kind:
        facts["queue_why"] = (item.why or "")[:1000]
    _change_if_new(run, facts)


def _waited_before(run: Run, item: QueueItem) -> bool:
    """Whether its item waited before it was sent, and not for another run of ours."""
    since = as_datetime(item.in_queue_since_ms)
    if since is None or run.sent_at is None or run.joined_to:
        return False
    offset = timedelta(seconds=run.controller.clock_offset_s)
    return since - offset < run.sent_at - CLOCKS_AGREE


def _follow_left(run: Run, queue_id: int, sight: Sight) -> None:
    """It left the queue and stands on no executor: ask for its item, then for its build."""
    sight.requests += 1
    item = sight.jenkins.queue_item(queue_id)
    move = after_queue_item(item)
    if move and move.new == RunState.RUNNING:
        _become(run, move)
        return
    if move:
        _end(run, _named(run, move))
        return
    if item is not None and not item.has_left:
        _note_waiting(run, item)
        return
    if item is None:  # forgotten: five minutes after leaving, or at once on a busy controller
        number = _number_by_queue_id(run, queue_id, sight)
        if number is not None:
            _become(run, became_build(number))
            return
    if _is_gone(run):
        _lose(run, f"Queue item {queue_id} left the queue and no build came of it.")


def _is_gone(run: Run) -> bool:
    """Whether Jenkins has shown nothing of it for longer than it may take to."""
    now = timezone.now()
    if run.missed_at is None:
        Run.objects.filter(pk=run.pk).update(missed_at=now)
        return False
    return now - run.missed_at > GRACE


def _named(run: Run, move: Move) -> Move:
    """Why Jenkins cancelled it, where that was our own doing."""
    same = Run.objects.filter(pk__in=(run.pk, run.source.pk)).exclude(abort_asked_by=None)
    if aborted := same.select_related("abort_asked_by").first():  # maybe since the sweep began
        by, why = aborted.abort_asked_by, aborted.abort_why
        because = f" because: {why}" if why else ""
        return replace(move, why=f"Cancelled in Jenkins's queue, as {by} asked{because}.")
    switch = switched_off_by(run.job)
    if switch is None or (run.queued_at and switch.at < run.queued_at):
        return move
    return replace(move, why=f"Job switched off by {switch.who}: {switch.why}")


def _number_by_queue_id(run: Run, queue_id: int, sight: Sight) -> int | None:
    sight.requests += 1
    builds = sight.jenkins.recent_builds(run.job.full_name)
    return next((build.number for build in builds if build.queue_id == queue_id), None)


def _follow_running(run: Run, number: int, sight: Sight) -> None:
    on_executor = sight.by_number.get((run.job.full_name, number))
    if on_executor and not _may_be_its(run, on_executor):
        _lose_to_a_new_job(run, number)
        return
    if on_executor and on_executor.is_building is not False and not run.is_adopted_unseen:
        facts = _facts_on_executor(on_executor)
        if run.plan:
            facts.pop("estimated_ms", None)  # Jenkins's is of any plan
        _change_if_new(run, facts)
        if run.build_id:
            return  # its executor tells all that changes; id, cause and keepLog are known
    build = _ask_for_build(run, number, sight)
    if build is None:
        if on_executor is None:  # else its page is only late
            _follow_missing_build(run)
        return
    if not _may_be_its(run, build):
        _lose_to_a_new_job(run, number)
        return
    marker = build.parameters.get(sight.controller.marker_parameter, "")
    if run.is_adopted_unseen and marker not in ("", str(run.uuid)):
        _unadopt(run, f"Build {number} is not this run's: it carries another run's mark.")
        return
    if run.is_adopted_unseen and (other := _run_that_has(run, build)):
        _unadopt(run, f"Build {number} belongs to run {other.pk}.")
        return
    _change_if_new(run, _facts_of_build(run, build))
    if move := after_build(build):
        _end(run, move)


def _may_be_its(run: Run, build: Build | RunningBuild) -> bool:
    """Whether a build of the run's number is the run's: a job that was deleted and made anew
    counts from 1 again, but a build keeps its start."""
    started_at = as_datetime(build.started_ms) if build.queue_id is not None else None
    return None in (run.started_at, started_at) or run.started_at == started_at


def _lose_to_a_new_job(run: Run, number: int) -> None:
    """At once: nothing that is asked of the build of its number is about this run any more."""
    _lose(run, f"The job was made anew in Jenkins: its build {number} is another one now.")


def _run_that_has(run: Run, build: Build) -> Run | None:
    """Another run of this very build."""
    same_number = Run.objects.filter(job=run.job, build_number=build.number, joined_to=None)
    same_build = same_number.filter(started_at=as_datetime(build.started_ms))
    return same_build.exclude(state=RunState.UNKNOWN).exclude(pk=run.pk).first()


def _follow_missing_build(run: Run) -> None:
    if run.is_adopted_unseen:
        _unadopt(run, f"Jenkins has no build {run.build_number} of {run.job}.")
    elif _is_gone(run):
        _lose(run, f"Jenkins no longer has build {run.build_number}.")


def _unadopt(run: Run, why: str) -> None:
    """The build that a person named cannot be this run's: ask again, as before."""
    run.move_to(RunState.UNKNOWN, why=why, build_number=run.build_before)


def _ask_for_build(run: Run, number: int, sight: Sight) -> Build | None:
    sight.requests += 1
    return sight.jenkins.build(run.job.full_name, number)


def _become(run: Run, move: Move, **facts: Any) -> None:
    """A queued run became a build; where another run has that build, join it."""
    same_number = Run.objects.filter(job=run.job, joined_to=None, **move.fields)
    same_build = same_number.filter(queue_id=run.queue_id, queue_session=run.queue_session)
    holder = same_build.exclude(pk=run.pk).first()
    if holder and run.joined_to is None:
        facts["joined_to"] = holder
    if run.plan:
        facts["estimated_ms"] = usual_ms(run)
    facts["missed_at"] = None
    if run.move_to(move.new, why=move.why, **move.fields, **facts) and "joined_to" in facts:
        tell_joined(run)


def _end(run: Run, move: Move) -> None:
    if not run.move_to(move.new, why=move.why, finished_at=timezone.now(), **move.fields):
        return
    if run.abort_asked_by and run.build_result not in ("", "ABORTED"):
        asked = f"{run.abort_asked_by} had asked to abort it"
        run.note(f"{asked}; Jenkins ended the build as {run.build_result}.")


def _lose(run: Run, why: str) -> None:
    _end(run, Move(RunState.FINISHED, why, {"console_is_complete": True}))


def _facts_on_executor(build: RunningBuild) -> dict[str, Any]:
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


def _facts_of_build(run: Run, build: Build) -> dict[str, Any]:
    return {
        "queue_id": build.queue_id if build.queue_id != -1 else None,
        "build_id": build.build_id[:100],
        "build_kind": build.kind[:200],
        "node": run.node or build.ran_on[:200],  # an executor may have told it more exactly
        "build_causes": list(build.causes)[:20],
        "is_kept": build.is_kept,
        "started_at": as_datetime(build.started_ms),
        "missed_at": None,
    }


def _change_if_new(run: Run, facts: dict[str, Any]) -> None:
    new = {name: value for name, value in facts.items() if getattr(run, name) != value}
    if new:
        run.change(**new)
