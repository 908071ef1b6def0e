"""One sweep of a controller: its queue, its executors, and then each of our runs there.

Two requests whatever the number of runs (the queue, then the executors), plus one for each
run that stands on neither or has just begun, one for each console and each job that somebody
watches, and aborts. Only the two decide whether the controller is away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError
from django.db.models import F, Q
from django.utils import timezone

from dashboard.controllers.connecting import (
    client_for,
    explain,
    longest_request,
    note_answer,
    note_trouble,
)
from dashboard.controllers.models import Controller, Job
from dashboard.runs.following import follow
from dashboard.runs.last_builds import is_anything_watched, jobs_to_read, read_last_builds
from dashboard.runs.seeing import Sight
from jenkins_api import AnswerLost, JenkinsError, NotSent, Unavailable

log = structlog.get_logger(__name__)

TICK_S = 1.0
IDLE_TICK_S = 15.0
# Of requests about single runs and jobs: after this many silences in a row the next sweep goes on.
MOST_SILENCES = 2
SILENT_AT_ONCE = 4  # controllers that may each hold one of a worker's threads
JUST_NOW = timedelta(seconds=5)
CATALOGUE_WAITS = timedelta(seconds=30)  # while half of the controller's budget is spent


def due_controllers(now: datetime) -> list[int]:
    """Ids of the controllers to sweep now; few of those that have not answered just now.

    Such a one may hold a thread for as long as a request may take. Those that answer, and all
    launches, must find others free.
    """
    may_be_silent = Q(failures__gt=0) | Q(answered_at=None) | Q(answered_at__lt=now - JUST_NOW)
    due = Controller.objects.due(now).order_by("sweep_due_at")
    being_asked = Controller.objects.filter(may_be_silent, lease_until__gt=now).count()
    chosen = due.filter(may_be_silent)[: max(0, SILENT_AT_ONCE - being_asked)]
    return [controller.pk for controller in (*due.exclude(may_be_silent), *chosen)]


def sweep(controller_id: int) -> None:
    """Follow all runs of a controller once, unless another worker does so already."""
    started_at = timezone.now()
    controller = _take_lease(controller_id, started_at)
    if controller is None:
        return
    fence = controller.fence  # as we took it: the row is read again below
    due: dict[str, datetime] = {}
    try:
        with client_for(controller) as jenkins:
            # In this order: a build that starts in between is then seen on its executor.
            queue = jenkins.queue()
            sight = Sight(controller, jenkins, queue, jenkins.executors())
            _note_what_is_shown(sight)
            _follow_all(sight)
            due = _next_sweep(sight, started_at)
    except JenkinsError as error:
        note_trouble(controller, error)
    finally:
        _release(controller, fence, **due)


def _take_lease(controller_id: int, now: datetime) -> Controller | None:
    """Take it for the two requests and two more; the last is kept back (`has_time`)."""
    mine = Controller.objects.due(now).filter(pk=controller_id)
    if not mine.update(lease_until=now + 4 * longest_request(), fence=F("fence") + 1):
        return None
    return Controller.objects.get(pk=controller_id)


def _release(controller: Controller, fence: int, **changes: Any) -> None:
    """Give the lease back, unless it ran out and another worker has a newer one."""
    mine = Controller.objects.filter(pk=controller.pk, fence=fence)
    mine.update(lease_until=None, **changes)


def _next_sweep(sight: Sight, started_at: datetime) -> dict[str, datetime]:
    """When it is due: a tick after this one began, or later where the budget asks for it."""
    controller = sight.controller
    if not controller.runs.active().exists() and not is_anything_watched(controller):
        return {"sweep_due_at": started_at + timedelta(seconds=IDLE_TICK_S)}
    budget_s = sight.requests * 60 / controller.requests_per_minute
    # Beat's ticks are not exact: a sweep due a moment after its tick would wait for the next.
    pause = timedelta(seconds=max(TICK_S, budget_s) - TICK_S / 4)
    due = {"sweep_due_at": started_at + pause}
    if budget_s > TICK_S / 2:
        due["catalogue_due_at"] = max(controller.catalogue_due_at, started_at + CATALOGUE_WAITS)
    return due


def _note_what_is_shown(sight: Sight) -> None:
    """Keep what the header and the board tell of the controller itself."""
    controller, queue, executors = sight.controller, sight.queue, sight.executors
    facts = {
        "executors_total": executors.total,
        "executors_busy": executors.busy,
        "queue_length": len(queue.items),
        "nodes": [
            {
                "name": node.name,
                "labels": sorted(node.labels),
                "is_offline": node.is_offline,
                "is_busy": node.busy >= node.executors,
                "offline_reason": node.offline_reason,
            }
            for node in executors.nodes
        ],
    }
    note_answer(
        controller,
        any(getattr(controller, name) != value for name, value in facts.items()),
        session=queue.session or controller.session,
        version=queue.version or controller.version,
        answered_in_s=queue.answered_in_s,
        clock_offset_s=queue.clock_offset_s or 0.0,
        **facts,
    )


def _follow_all(sight: Sight) -> None:
    """Follow each run, then read the builds of watched jobs, while the lease lasts.

    Each sweep begins with another run, so that some whose pages never answer do not keep the
    rest from being followed.
    """
    found = sight.controller.runs.in_jenkins().select_related(
        "job", "joined_to", "controller", "abort_asked_by"
    )
    runs = sorted(found, key=lambda run: run.pk)  # in the database it would walk all that ended
    first = sight.controller.fence % len(runs) if runs else 0
    jobs = jobs_to_read(sight.controller, timezone.now())
    asked = [(f"run {run.pk}", partial(follow, run)) for run in runs[first:] + runs[:first]]
    asked += [(f"job {job}", partial(_read_job, job)) for job in jobs]
    silences = 0
    for what, ask in asked:
        if not sight.has_time or silences == MOST_SILENCES:
            return
        silences = silences + 1 if _is_silent(what, ask, sight) else 0


def _read_job(job: Job, sight: Sight) -> None:
    sight.requests += 1
    read_last_builds(job, sight.jenkins)


def _is_silent(what: str, ask: Callable[[Sight], None], sight: Sight) -> bool:
    """Ask about one run or job; whether that went unanswered.

    A value that cannot be kept is the trouble of this one: the others are followed all the same.
    """
    try:
        ask(sight)
    except (DatabaseError, ValueError, OverflowError):
        log.exception("not followed", what=what)
    except JenkinsError as error:
        log.warning("not followed", what=what, why=explain(error))
        return isinstance(error, NotSent | AnswerLost | Unavailable)
    return False
