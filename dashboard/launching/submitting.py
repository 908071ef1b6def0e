"""One POST for each run: claim it, send it once, and move it by what comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Q
from django.utils import timezone

from dashboard.controllers.connecting import (
    TokenUnreadable,
    client_for,
    explain,
    longest_request,
    note_answer,
    note_trouble,
    sweep_soon,
)
from dashboard.controllers.models import Access, Controller
from dashboard.launching.refusing import hide, is_about_the_secret, refusal
from dashboard.launching.switching import learn_switch
from dashboard.runs.aborting import tell_joined
from dashboard.runs.models import Run, RunSecrets, SentHow
from dashboard.runs.noting import NONE_OF_OURS
from dashboard.runs.states import IN_JENKINS, RunState
from dashboard.shared import secrets
from dashboard.shared.secrets import Unreadable
from jenkins_api import (
    AnswerLost,
    Declined,
    Jenkins,
    JenkinsError,
    NotAuthorised,
    NotSent,
    QueueItemRef,
    Unavailable,
    UnexpectedAnswer,
)

log = structlog.get_logger(__name__)

TRY_AGAIN_AFTER = timedelta(seconds=2)
# Of the run that ours was folded into: it waited then, and may have ended meanwhile
JUST_ENDED = timedelta(minutes=1)
SESSION_HOLDS = timedelta(seconds=2)  # since the last answer: a tick, and a little
# Answers by which Jenkins says that it did not take the launch. Anything else that is no
# success may come from a proxy that has passed the request on.
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 414, 431, 500})


class CannotSend(Exception):
    """Why a launch can never go out as it is; nothing was sent."""


@dataclass(frozen=True)
class Launch:
    """What goes out: all parameters in clear (None for a plain job), and the job's trigger token
    ("" where it goes out as somebody)."""

    parameters: dict[str, str] | None = field(repr=False)
    trigger_token: str = field(repr=False)

    def secrets(self, names: list[str]) -> list[str]:
        """What nobody may read of it: the passwords called ``names``, and the token."""
        sent = self.parameters or {}
        return [self.trigger_token, *(sent.get(name, "") for name in names)]


def submit_run(run_id: int) -> None:
    """Carry one accepted run to its controller; a second delivery does nothing."""
    run = Run.objects.select_related("controller", "job", "owner").get(pk=run_id)
    now = timezone.now()
    if not may_go_out(run, now):
        return
    access = own_access(run)
    try:
        launch = Launch(_with_secrets(run), "" if access else run.job.trigger_token)
        jenkins = client_for(run.controller, access)
    except (CannotSend, Unreadable, TokenUnreadable) as error:
        run.move_to(RunState.CANCELLED, why=f"Not sent: {error}", finished_at=now)
        return
    with jenkins:
        if not _claim(run, access, now):
            return
        if _knows_session(run.controller, now) or _learn_session(run, jenkins):
            _send(run, jenkins, launch)


def may_go_out(run: Run, now: datetime) -> bool:
    """Whether a run is to be sent now. While its controller is silent it waits; one that
    refuses our account is asked once by each run, which is then refused in words."""
    controller = run.controller
    is_silent = controller.is_away and controller.refused_since is None
    is_due = run.state == RunState.ACCEPTED and run.due_at <= now <= run.not_after
    may_be_asked = controller.is_enabled and not is_silent
    return is_due and may_be_asked and run.abort_asked_at is None


def _claim(run: Run, access: Access | None, now: datetime) -> bool:
    """Take the run for this worker alone: its lease outlasts all that is asked below."""
    how = how_to_send(run, access)
    sent_as = "" if how == SentHow.TRIGGER else (access or run.controller).user
    account = f"as {sent_as}, {how.label}" if sent_as else how.label
    return run.move_to(
        RunState.SUBMITTING,
        why=f"A worker sends it {account}.",
        lease_until=now + 6 * longest_request(),
        sent_at=now,
        sent_as=sent_as,
        sent_how=how,
        queue_session=run.controller.session,
    )


def _with_secrets(run: Run) -> dict[str, str] | None:
    """All that is sent, passwords too; None for a plain job."""
    parameters: dict[str, str] | None = run.parameters
    if parameters is None:
        return None
    kept = RunSecrets.objects.filter(run=run).first()
    if run.secret_names and not kept:
        raise CannotSend("its passwords are no longer kept. Run it again with changes.")
    if not kept:
        return parameters
    values: dict[str, str] = json.loads(secrets.decrypt(kept.values_encrypted))
    return parameters | values


def own_access(run: Run) -> Access | None:
    """What the owner of a run gave for its controller, if anything."""
    return Access.objects.filter(person=run.owner, controller=run.controller).first()


def how_to_send(run: Run, access: Access | None) -> SentHow:
    """On whose behalf a launch goes out: a person's own token comes first."""
    if access:
        return SentHow.OWN
    return SentHow.TRIGGER if run.job.trigger_token_encrypted else SentHow.ACCOUNT


def _knows_session(controller: Controller, now: datetime) -> bool:
    """Whether a sweep saw its session just now: it may have been restarted since any other."""
    seen_at = controller.answered_at
    return bool(controller.session) and seen_at is not None and now - seen_at < SESSION_HOLDS


def _learn_session(run: Run, jenkins: Jenkins) -> bool:
    """Ask for the session before the POST; whether the launch can go out.

    After a restart queue ids are given out again: one means something only with its session.
    """
    try:
        facts = jenkins.server_facts()
    except NotAuthorised as error:
        _refuse(run, error)
        return False
    except JenkinsError as error:
        _wait(run, error)
        return False
    known = run.controller  # a proxy may take these headers away
    note_answer(
        known, session=facts.session or known.session, version=facts.version or known.version
    )
    run.change(queue_session=known.session)
    return True


def _send(run: Run, jenkins: Jenkins, launch: Launch) -> None:
    try:
        ref = _start_build(run, jenkins, launch)
    except ValueError as error:  # a parameter that this way of launching cannot carry
        _settle(run, RunState.CANCELLED, f"Not sent: {error}.", finished_at=timezone.now())
    except NotSent as error:
        _wait(run, error)
    except AnswerLost as error:
        _leave_to_a_person(run, str(error))
    except UnexpectedAnswer as error:
        hide(launch.secrets(run.secret_names), error)
        if isinstance(error, Unavailable) and error.is_from_jenkins:
            _wait(run, error)
        elif error.status in REFUSALS or isinstance(error, NotAuthorised | Declined):
            if error.status == 409:
                learn_switch(run.job, jenkins)
            _refuse(run, error)
        else:
            _leave_to_a_person(run, str(error))
    else:
        _take(run, ref)


def _start_build(run: Run, jenkins: Jenkins, launch: Launch) -> QueueItemRef:
    job, delay_s = run.job.full_name, run.controller.launch_delay_s
    if not launch.trigger_token:
        return jenkins.start_build(job, launch.parameters, delay_s=delay_s)
    return jenkins.start_build_by_token(
        job,
        launch.trigger_token,
        launch.parameters,
        delay_s=delay_s,
        cause=f"{run.owner} via Runboard",
    )


def _settle(run: Run, new: RunState, why: str, **fields: Any) -> None:
    """Move the run by what came back; where its lease ran out, the Timeline still tells it."""
    if not run.move_to(new, why=why, lease_until=None, **fields):
        log.warning("answer came too late", run=run.pk, why=why)
        run.note(f"This came after the worker was given up: {why}")


def _wait(run: Run, error: JenkinsError) -> None:
    """Nothing was sent: try again soon, until it is too late."""
    note_trouble(run.controller, error)
    why = f"Not sent: {explain(error)} It goes out once {run.controller} answers."
    due_at = timezone.now() + TRY_AGAIN_AFTER
    _settle(run, RunState.ACCEPTED, why, due_at=due_at, sent_at=None)


def _leave_to_a_person(run: Run, why: str) -> None:
    _settle(run, RunState.UNKNOWN, f"The launch was sent, and no clear answer came: {why}")


def _refuse(run: Run, error: UnexpectedAnswer) -> None:
    if is_about_the_secret(error):
        _note_refused_account(run, error)
    _settle(run, RunState.REFUSED, refusal(run, error), finished_at=timezone.now())


def _note_refused_account(run: Run, error: UnexpectedAnswer) -> None:
    """Remember whose sign-in Jenkins refused; a person's own says nothing of the controller."""
    if run.sent_how == SentHow.ACCOUNT:
        note_trouble(run.controller, error)
    elif access := own_access(run):
        access.note_refusal(f"Jenkins did not accept it for run {run.pk}.")


def _take(run: Run, ref: QueueItemRef) -> None:
    """Jenkins has it: as an item of its own, or folded into an equal one that waits."""
    holder = (
        Run.objects.filter(
            controller=run.controller,
            queue_id=ref.queue_id,
            queue_session=run.queue_session,
            joined_to=None,
        )
        .filter(Q(state__in=IN_JENKINS) | Q(finished_at__gt=timezone.now() - JUST_ENDED))
        .exclude(pk=run.pk)
        .order_by("-pk")
        .first()
    )
    why = f"Jenkins took it: {ref.status}, queue item {ref.queue_id}."
    if holder:
        why += f" An equal launch was already waiting there: joined to run {holder.pk}."
    elif not ref.created:
        why += f" {NONE_OF_OURS}"
    facts = {"queue_id": ref.queue_id, "queued_at": timezone.now(), "joined_to": holder}
    _settle(run, RunState.QUEUED, why, **facts)
    if run.joined_to:
        tell_joined(run)
    if ref.crumb == "renewed":
        run.note("Jenkins did not accept the first crumb: it was renewed, and the launch repeated.")
    elif ref.crumb:
        run.note(f"{run.sent_as} signs in with a password, so a crumb went with the launch.")
    sweep_soon(run.controller_id)
