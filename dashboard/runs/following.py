"""What a controller's queue and executors say of one run, and what is asked beside them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dashboard.runs.aborting import send_abort
from dashboard.runs.deciding import after_build
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.reading import read_console
from dashboard.runs.renaming import follow_job
from dashboard.runs.seeing import (
    Sight,
    change_if_new,
    end,
    facts_of_step,
    facts_on_executor,
    is_gone,
    lose,
)
from dashboard.runs.states import RunState
from dashboard.runs.waiting import follow_queued
from jenkins_api import Build, NotAuthorised, RunningBuild


def follow(run: Run, sight: Sight) -> None:
    """Move ``run`` by what was seen, asking more only where that is not enough.

    Raises JenkinsError where a request about this run failed.
    """
    if run.state == RunState.RUNNING:
        _go_along(run, sight)
    if sight.queue.session and run.queue_session not in ("", sight.queue.session):
        _after_restart(run, sight)
    elif run.state == RunState.QUEUED and run.queue_id is not None:
        follow_queued(run, run.queue_id, sight)
    if run.state == RunState.RUNNING and run.build_number is not None:
        _follow_running(run, run.build_number, sight)
    if run.abort_asked_at and not run.is_ended:
        sight.requests += send_abort(run, sight.jenkins)
    if run.state == RunState.RUNNING and run.is_watched(timezone.now()) and sight.has_time:
        sight.requests += 1
        read_console(run, sight.jenkins)


def _go_along(run: Run, sight: Sight) -> None:
    """Its folder was moved: the very build, by number, queue id and start, has another job."""
    if run.queue_id is None or run.started_at is None:
        return
    build = sight.by_queue_id.get(run.queue_id)
    known = (run.build_number, run.started_at)
    if build is None or build.job in (None, run.job.full_name):
        return
    if known == (build.number, as_datetime(build.started_ms)):
        follow_job(run, build.job)


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
            missed_at=None,
        )
        return
    build = _ask_for_build(run, run.build_number, sight)
    if build is None:
        lose(run, f"Jenkins was restarted and no longer has build {run.build_number}.")
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


def _follow_running(run: Run, number: int, sight: Sight) -> None:
    on_executor = sight.by_number.get((run.job.full_name, number))
    if on_executor and not _may_be_its(run, on_executor):
        _lose_to_a_new_job(run, number)
        return
    if on_executor and on_executor.is_building is not False and not run.is_adopted_unseen:
        step = sight.steps.get((on_executor.job, number))
        facts = facts_on_executor(on_executor) | facts_of_step(run, step)
        if run.plan:
            facts.pop("estimated_ms", None)  # Jenkins's is of any plan
        change_if_new(run, facts)
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
    change_if_new(run, _facts_of_build(run, build))
    if move := after_build(build):
        end(run, move)


def _may_be_its(run: Run, build: Build | RunningBuild) -> bool:
    """Whether a build of the run's number is the run's: a job that was deleted and made anew
    counts from 1 again, but a build keeps its start."""
    started_at = as_datetime(build.started_ms) if build.queue_id is not None else None
    return None in (run.started_at, started_at) or run.started_at == started_at


def _lose_to_a_new_job(run: Run, number: int) -> None:
    """At once: nothing that is asked of the build of its number is about this run any more."""
    lose(run, f"The job was made anew in Jenkins: its build {number} is another one now.")


def _run_that_has(run: Run, build: Build) -> Run | None:
    """Another run of this very build."""
    same_number = Run.objects.filter(job=run.job, build_number=build.number, joined_to=None)
    same_build = same_number.filter(started_at=as_datetime(build.started_ms))
    return same_build.exclude(state=RunState.UNKNOWN).exclude(pk=run.pk).first()


def _follow_missing_build(run: Run) -> None:
    if run.is_adopted_unseen:
        build, user = f"build {run.build_number} of {run.job}", run.controller.user
        _unadopt(run, f"Jenkins has no {build}, or does not show it to {user}.")
    elif is_gone(run):
        lose(run, f"Jenkins no longer has build {run.build_number}.")


def _unadopt(run: Run, why: str) -> None:
    """The build that a person named cannot be this run's: ask again, as before."""
    run.move_to(RunState.UNKNOWN, why=why, build_number=run.build_before)


def _ask_for_build(run: Run, number: int, sight: Sight) -> Build | None:
    sight.requests += 1
    try:
        return sight.jenkins.build(run.job.full_name, number)
    except NotAuthorised as error:
        if error.status == 403 and run.is_adopted_unseen:
            return None
        raise


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
