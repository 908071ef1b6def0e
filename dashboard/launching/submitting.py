"""One POST for each run: claim it, send it once, and move it by what comes back."""

from __future__ import annotations

import json
from datetime import timedelta

import structlog
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, note_answer, note_trouble
from dashboard.controllers.models import Controller
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState
from dashboard.shared import secrets
from dashboard.shared.nudging import nudge
from jenkins_api import (
    AnswerLost,
    Jenkins,
    JenkinsError,
    NotAuthorised,
    NotSent,
    QueueItemRef,
    Unavailable,
    UnexpectedAnswer,
)

log = structlog.get_logger(__name__)

# Longer than connecting to and reading from a controller may take together.
LEASE = timedelta(seconds=60)
TRY_AGAIN_AFTER = timedelta(seconds=2)
# Answers by which Jenkins says that it did not take the launch. Anything else that is no
# success may come from a proxy that has passed the request on.
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 414, 431, 500})


def submit_run(run_id: int) -> None:
    """Carry one accepted run to its controller; a second delivery does nothing."""
    run = Run.objects.select_related("controller", "job", "owner").get(pk=run_id)
    now = timezone.now()
    if not (run.state == RunState.ACCEPTED and run.due_at <= now <= run.not_after):
        return
    claimed = run.move_to(
        RunState.SUBMITTING,
        why=f"A worker sends it as {run.controller.user}.",
        lease_until=now + LEASE,
        sent_at=now,
        sent_as=run.controller.user,
        queue_session=run.controller.session,
    )
    if not claimed:
        return
    with client_for(run.controller) as jenkins:
        if run.queue_session or _learn_session(run, jenkins):
            _send(run, jenkins)


def _learn_session(run: Run, jenkins: Jenkins) -> bool:
    """Ask a controller that was never asked for its session; whether the launch can go out."""
    try:
        status = jenkins.is_up()
    except NotAuthorised as error:
        _refuse(run, error)
        return False
    except JenkinsError as error:
        _wait(run, error)
        return False
    note_answer(run.controller, session=status.session, version=status.version)
    run.change(queue_session=status.session)
    return True


def _send(run: Run, jenkins: Jenkins) -> None:
    try:
        ref = jenkins.start_build(
            run.job.full_name,
            None if run.parameters is None else run.parameters | _secret_values(run),
            delay_s=run.controller.launch_delay_s,
        )
    except (NotSent, Unavailable) as error:  # 503: Jenkins (or its proxy) took nothing
        _wait(run, error)
    except AnswerLost as error:
        _leave_to_a_person(run, str(error))
    except UnexpectedAnswer as error:
        if error.status in REFUSALS or isinstance(error, NotAuthorised):
            _refuse(run, error)
        else:
            _leave_to_a_person(run, str(error))
    else:
        _take(run, ref)


def _wait(run: Run, error: JenkinsError) -> None:
    """Nothing was sent: try again soon, until it is too late."""
    note_trouble(run.controller, error)
    run.move_to(
        RunState.ACCEPTED,
        why=f"Not sent: {explain(error)} It goes out once {run.controller} answers.",
        due_at=timezone.now() + TRY_AGAIN_AFTER,
        lease_until=None,
        sent_at=None,
    )


def _leave_to_a_person(run: Run, why: str) -> None:
    run.move_to(
        RunState.UNKNOWN,
        why=f"The launch was sent, and no clear answer came: {why}",
        lease_until=None,
    )


def _refuse(run: Run, error: UnexpectedAnswer) -> None:
    if error.status == 401:
        note_trouble(run.controller, error)
    run.move_to(
        RunState.REFUSED,
        why=_refusal(run, error),
        lease_until=None,
        finished_at=timezone.now(),
    )


def _refusal(run: Run, error: UnexpectedAnswer) -> str:
    """Jenkins's no, in words a tester understands."""
    if error.status == 404:
        return f"Jenkins has no job {run.job} (any more), or does not show it to our account."
    if error.status == 409:
        return f"The job {run.job} is switched off in Jenkins."
    words = explain(error)
    return f"Jenkins refused the launch: {words}" + (f" ({error.reason})" if error.reason else "")


def _take(run: Run, ref: QueueItemRef) -> None:
    """Jenkins has it: as an item of its own, or folded into an equal one that waits."""
    holder = (
        Run.objects.filter(
            controller=run.controller,
            queue_id=ref.queue_id,
            queue_session=run.queue_session,
            joined_to=None,
        )
        .exclude(pk=run.pk)
        .order_by("-pk")
        .first()
    )
    why = f"Jenkins took it: {ref.status}, queue item {ref.queue_id}."
    if holder:
        why += f" An equal launch was already waiting there: joined to run {holder.pk}."
    elif not ref.created:
        why += " An equal launch that is none of ours was already waiting there."
    now = timezone.now()
    run.move_to(
        RunState.QUEUED,
        why=why,
        queue_id=ref.queue_id,
        queued_at=now,
        joined_to=holder,
        lease_until=None,
    )
    Controller.objects.filter(pk=run.controller_id).update(sweep_due_at=now)
    nudge("runs.sweep_controller", run.controller_id)


def _secret_values(run: Run) -> dict[str, str]:
    kept = RunSecrets.objects.filter(run=run).first()
    return json.loads(secrets.decrypt(kept.values_encrypted)) if kept else {}
