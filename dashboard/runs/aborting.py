"""Abort: commit who asked, when and why; then tell Jenkins until it shows the end."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, note_cancel, sweep_soon
from dashboard.controllers.wording import missing_permission
from dashboard.people.models import User
from dashboard.runs.models import Run
from dashboard.runs.noting import made_one_with
from dashboard.runs.querying import RunQuerySet
from dashboard.runs.states import ACTIVE, RunState
from dashboard.shared.nudging import nudge
from jenkins_api import Jenkins, JenkinsError, NotAuthorised, UnexpectedAnswer

log = structlog.get_logger(__name__)

REPEAT_AFTER = timedelta(seconds=5)


def ask_abort(run: Run, *, who: User, why: str = "") -> bool:
    """Record the wish to end a run and act on it; False where it is too late or asked before.

    A run that Jenkins does not know yet is cancelled at once; for any other a worker cancels
    the queue item or stops the build, which ends all runs that Jenkins made one with it.
    """
    asked = {
        "abort_asked_at": timezone.now(),
        "abort_asked_by": who,
        "abort_why": why[:500],
        "abort_refused": "",
    }
    with transaction.atomic():
        # All rows in one order, and then the news of their controller: two who abort what is one
        # build would else wait for each other
        list(_same_build(run).order_by("pk").select_for_update().values_list("pk"))
        due = Run.objects.filter(pk=run.pk, state__in=ACTIVE, abort_asked_at=None)
        if not due.update(**asked):
            return False
        run.refresh_from_db()
        run.note(f"{who} asked to abort{f' because: {why}' if why else ''}.", who=who)
        tell_others(run)
        if run.state == RunState.ACCEPTED:
            run.move_to(
                RunState.CANCELLED,
                why="Called off before it was sent.",
                who=who,
                finished_at=timezone.now(),
            )
            return True
    nudge("runs.abort_run", run.pk)
    return True


def tell_joined(run: Run) -> None:
    """Have ``run`` and the one that Jenkins joined it to just now know of each other."""
    holder = run.source
    holder.note(made_one_with(run))
    if run.abort_asked_at:  # when neither knew of the other
        tell_others(run)
    elif holder.abort_asked_at:
        _tell(run, holder)


def tell_others(run: Run) -> None:
    """Have the other runs of its build read who asked to abort ``run``, and why."""
    for other in others_of(run):
        _tell(other, run)


def _tell(other: Run, run: Run) -> None:
    """The same for one of them; where it was aborted before, it keeps who was first."""
    who, because = run.abort_asked_by, f": {run.abort_why}" if run.abort_why else ""
    said = f"{who} aborted run {run.pk}, which is the same build in Jenkins{because}."
    asked = {
        "abort_asked_at": run.abort_asked_at,
        "abort_asked_by": who,
        "abort_why": run.abort_why,
        "abort_refused": "",
    }
    other.note(said, who=who, **({} if other.abort_asked_at else asked))


def others_of(run: Run) -> RunQuerySet:
    """The other runs that Jenkins made one with ``run``: to end it ends them, too."""
    return _same_build(run).exclude(pk=run.pk).select_related("owner").order_by("pk")


def _same_build(run: Run) -> RunQuerySet:
    """Runs in Jenkins that are one item or build there; ``run`` is one of them."""
    source_id = run.joined_to_id or run.pk
    here = Run.objects.in_jenkins().filter(controller=run.controller_id)
    return here.filter(Q(pk=source_id) | Q(joined_to=source_id))


def send_abort(run: Run, jenkins: Jenkins) -> bool:
    """Tell Jenkins to end a run, at most once in five seconds; whether it was told now."""
    now = timezone.now()
    due = Run.objects.filter(
        Q(abort_sent_at=None) | Q(abort_sent_at__lt=now - REPEAT_AFTER),
        pk=run.pk,
        state__in=(RunState.QUEUED, RunState.RUNNING),
    )
    if not due.update(abort_sent_at=now):
        return False
    is_first = run.abort_sent_at is None
    try:
        done = _tell_jenkins(run, jenkins)
    except UnexpectedAnswer as error:
        if not error.is_final:
            raise
        if isinstance(error, NotAuthorised) and missing_permission(error) == "Job/Cancel":
            note_cancel(run.job, may=False)
        why = explain(error, run.controller.user)
        run.note(
            f"Jenkins refuses to end it: {why}",
            abort_asked_at=None,
            abort_asked_by=None,
            abort_sent_at=None,
            abort_refused=why[:500],
        )
        return True
    if is_first and done:
        note_cancel(run.job, may=True)
        run.note(done)
    return True


def _tell_jenkins(run: Run, jenkins: Jenkins) -> str:
    """Stop the build, or cancel the queue item; what was done, "" where it was too late."""
    if run.build_number is not None:
        jenkins.stop_build(run.job.full_name, run.build_number)
        return f"Sent stop for build {run.build_number}."
    if run.queue_id is not None and not jenkins.cancel_queue_item(run.queue_id):
        # The build is stopped as soon as a sweep knows its number
        Run.objects.filter(pk=run.pk).update(abort_sent_at=None)
        return ""
    return f"Cancelled queue item {run.queue_id}."


def abort_at_once(run_id: int) -> None:
    """What the nudge does, so that nobody waits for the next sweep.

    Where Jenkins was restarted since the launch, its queue ids are others' by now: what has
    become of this run is for the sweep to find out first. One that was disconnected since is
    asked nothing; the sweep repeats the wish when it is back.
    """
    run = Run.objects.select_related("controller", "job").get(pk=run_id)
    if not run.controller.is_enabled:
        return
    try:
        with client_for(run.controller) as jenkins:
            session = jenkins.server_facts().session
            if session and run.queue_session not in ("", session):
                sweep_soon(run.controller_id)
            else:
                send_abort(run, jenkins)
    except JenkinsError as error:  # the sweep repeats it
        log.warning("abort not sent", run=run.pk, why=explain(error))
