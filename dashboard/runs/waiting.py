"""What a sweep says of a run that waits in the queue, or has just left it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dashboard.runs.aborting import tell_joined
from dashboard.runs.deciding import Move, after_queue_item, became_build
from dashboard.runs.estimating import usual_ms
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.noting import NONE_OF_OURS, is_shared, switched_off_by
from dashboard.runs.renaming import is_still_its
from dashboard.runs.seeing import (
    Sight,
    change_if_new,
    end,
    facts_of_step,
    facts_on_executor,
    is_gone,
    lose,
    words_of,
)
from dashboard.runs.states import RunState
from jenkins_api import QueueItem, UnexpectedAnswer

CLOCKS_AGREE = timedelta(seconds=3)  # Jenkins tells its own by whole seconds


def follow_queued(run: Run, queue_id: int, sight: Sight) -> None:
    """By its item in the queue, else its build on an executor, else what is asked of its item."""
    item, build = sight.items.get(queue_id), sight.by_queue_id.get(queue_id)
    if item and is_still_its(run, item.job, sight.queue.session):
        _note_waiting(run, item, sight)
    elif build and is_still_its(run, build.job, sight.queue.session):
        _become(run, became_build(build.number), **facts_on_executor(build))
    else:
        _follow_left(run, queue_id, sight)


def _note_waiting(run: Run, item: QueueItem, sight: Sight) -> None:
    if not run.queue_kind and _waited_before(run, item) and not is_shared(run):
        run.note(NONE_OF_OURS)  # a plain job's launch is not told (contract 4.1)
    facts = {
        "queue_kind": item.kind,
        "queue_is_stuck": item.is_stuck,
        "queue_is_fresh": sight.is_fresh(item),
        "queue_until": as_datetime(item.waits_until_ms),
        "missed_at": None,
    }
    # In the quiet period Jenkins's words count down; the page does that by `queue_until`.
    if item.waits_until_ms is None or run.queue_kind != item.kind:
        facts["queue_why"] = words_of(run, item)
    change_if_new(run, facts)


def _waited_before(run: Run, item: QueueItem) -> bool:
    """Whether its item waited before it was sent, and not for another run of ours."""
    since = as_datetime(item.in_queue_since_ms)
    if since is None or run.sent_at is None or run.joined_to:
        return False
    offset = timedelta(seconds=run.controller.clock_offset_s)
    return since - offset < run.sent_at - CLOCKS_AGREE


def _follow_left(run: Run, queue_id: int, sight: Sight) -> None:
    """It left the queue and stands on no executor: ask for its item, then for its build."""
    hidden = None
    try:
        if _is_found(run, queue_id, sight):
            return
    except UnexpectedAnswer as error:
        if error.status not in (403, 404):
            raise
        hidden = error  # Jenkins says 404 also of what an account may not know of (contract 0)
    if not is_gone(run):
        return
    if hidden is None:
        lose(run, f"Queue item {queue_id} left the queue and no build came of it.")
    elif hidden.status == 404 and run.sent_as == sight.controller.user:
        lose(run, f"Jenkins has neither queue item {queue_id} nor the job {run.job} any more.")
    else:
        account = f"{sight.controller.user}, Runboard’s account there"
        why = f"Jenkins shows neither queue item {queue_id} nor the job {run.job} to {account}."
        run.move_to(RunState.UNKNOWN, why=why)


def _is_found(run: Run, queue_id: int, sight: Sight) -> bool:
    """Whether its item, or else a build of its job, tells what became of it."""
    sight.requests += 1
    item = sight.jenkins.queue_item(queue_id)
    if item is None or not is_still_its(run, item.job, sight.queue.session):
        # Forgotten: five minutes after leaving, or at once on a busy controller
        number = _number_by_queue_id(run, queue_id, sight)
        if number is not None:
            _become(run, became_build(number))
        return number is not None
    move = after_queue_item(item)
    if move and move.new == RunState.RUNNING:
        _become(run, move)
    elif move:
        end(run, _named(run, move))
    elif not item.has_left:
        _note_waiting(run, item, sight)
    return move is not None or not item.has_left


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


def _become(run: Run, move: Move, **facts: Any) -> None:
    """A queued run became a build; where another run has that build, join it."""
    same_number = Run.objects.filter(job=run.job, joined_to=None, **move.fields)
    same_build = same_number.filter(queue_id=run.queue_id, queue_session=run.queue_session)
    holder = same_build.exclude(pk=run.pk).first()
    if holder and run.joined_to is None:
        facts["joined_to"] = holder
    if run.plan:
        facts["estimated_ms"] = usual_ms(run)
    facts |= facts_of_step(run, None) | {"missed_at": None}
    if run.move_to(move.new, why=move.why, **move.fields, **facts) and "joined_to" in facts:
        tell_joined(run)
