"""The switch of a job: asked of Jenkins, read back, and noted with who and why."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from dashboard.controllers.connecting import explain, sweep_soon
from dashboard.controllers.models import Controller, Job, JobSwitch
from dashboard.controllers.waiting import ask_now
from dashboard.controllers.wording import permission_name
from dashboard.people.models import User
from dashboard.runs.models import Run
from dashboard.runs.querying import RunQuerySet
from dashboard.runs.states import RunState
from jenkins_api import (
    Jenkins,
    JenkinsError,
    NotAuthorised,
    NotSent,
    Unavailable,
    UnexpectedAnswer,
)
from jenkins_api import Job as JenkinsJob

log = structlog.get_logger(__name__)

# Jobs that other programs report to: Jenkins itself never builds them
WITHOUT_SWITCH = {"hudson.model.ExternalJob": "an external job"}


class SwitchRefused(Exception):
    """The job is as it was; the text says why, for the person who asked."""


class SwitchUnclear(Exception):
    """Jenkins may have switched it; the text says so, for the person who asked."""


def why_not_switchable(job: Job, user: User) -> str:
    """Why this person cannot switch ``job`` here, in a sentence; "" where they can."""
    if job.gone_at:
        return "Jenkins no longer has this job."
    if not user.is_admin:
        return "Only admins switch jobs."
    if kind := WITHOUT_SWITCH.get(job.kind):
        return f"It is {kind}, which has no switch."
    if job.controller.may_configure is False:
        return f"{job.controller.user} lacks Job/Configure."
    if job.controller.is_away:
        return f"{job.controller} does not answer."
    return ""


def waiting_runs(job: Job) -> RunQuerySet:
    """Runs that wait in Jenkins's queue: switching the job off cancels their items."""
    # By the index of controller and state: the job alone would lead through all of its runs
    in_queue = Run.objects.filter(controller=job.controller_id, state=RunState.QUEUED)
    return in_queue.filter(job=job).order_by("pk")


def switch_job(job: Job, is_on: bool, *, who: User, why: str) -> None:
    """Switch ``job``, read it back and note who did so; raises SwitchRefused, SwitchUnclear.

    Waits for the controller. Runs whose queue items Jenkins cancels by this are ended by the
    next sweep, which names this switch.
    """
    waited = [] if is_on else list(waiting_runs(job))
    try:
        with ask_now(job.controller) as jenkins:
            trouble = _tell(job, is_on, jenkins)
            found = _read_back(job, is_on, jenkins)
    except NotSent as error:  # nobody was asked
        raise SwitchRefused(_refusal(job, error)) from error
    _keep(job, found)
    if found.is_disabled == is_on:
        why = trouble or f"Jobs of this kind ({found.kind}) cannot be switched."
        raise SwitchRefused(f"Jenkins left it {'off' if is_on else 'on'}. {why}")
    with transaction.atomic():
        job.switches.create(is_on=is_on, why=why, who=who)
        sweep_soon(job.controller_id)
    _tell_those_cancelled_already(waited, f"Job switched off by {who}: {why}", who)


def _tell(job: Job, is_on: bool, jenkins: Jenkins) -> str:
    """Tell Jenkins; what was wrong with its answer where it may have done so all the same."""
    try:
        jenkins.switch(job.full_name, is_on)
    except NotSent:
        raise
    except JenkinsError as error:
        did_nothing = isinstance(error, Unavailable) and error.is_from_jenkins
        if error.is_final or did_nothing:
            raise SwitchRefused(_refusal(job, error)) from error
        return explain(error)
    return ""


def _read_back(job: Job, is_on: bool, jenkins: Jenkins) -> JenkinsJob:
    try:
        return jenkins.job(job.full_name)
    except JenkinsError as error:
        Controller.objects.filter(pk=job.controller_id).update(catalogue_due_at=timezone.now())
        raise SwitchUnclear(
            f"Jenkins was told, and then it could not be read whether {job} is "
            f"{'on' if is_on else 'off'}: {explain(error)} Press it again once Jenkins answers: "
            "that does no harm, and your reason is kept then."
        ) from error


def check_nobody_was_quicker(job: Job, seen: int | None) -> None:
    """Raise SwitchRefused where ``job`` was switched since somebody was asked.

    ``seen`` is the id of its last switch then, 0 without one; None where that is not known.
    """
    last = job.switches.select_related("who").first()
    if last and seen is not None and last.pk != seen:
        raise SwitchRefused(
            f"{last.who} switched it {'on' if last.is_on else 'off'} meanwhile: {last.why}. "
            "Press again to do it all the same."
        )


def learn_switch(job: Job, jenkins: Jenkins) -> None:
    """A launch was refused as not buildable: read and keep whether the job is off, or only held."""
    try:
        _keep(job, jenkins.job(job.full_name))
    except JenkinsError as error:
        log.info("not read back", job=job.pk, why=str(error))
        Controller.objects.filter(pk=job.controller_id).update(catalogue_due_at=timezone.now())
    job.refresh_from_db(fields=["is_disabled", "is_buildable"])


def last_switched_off(jobs: Iterable[Job]) -> dict[int, JobSwitch]:
    """Who switched each job off, by job id, where it was done here. One query."""
    off = [job.pk for job in jobs if job.is_disabled]
    latest = JobSwitch.objects.filter(job__in=off).values("job").annotate(latest=Max("pk"))
    switches = JobSwitch.objects.filter(pk__in=latest.values("latest"), is_on=False)
    return {switch.job_id: switch for switch in switches.select_related("who")}


def _keep(job: Job, found: JenkinsJob) -> None:
    Job.objects.filter(pk=job.pk).update(
        is_disabled=found.is_disabled, is_buildable=found.is_buildable
    )
    Controller.objects.filter(pk=job.controller_id).bump_news()


def _tell_those_cancelled_already(runs: list[Run], why: str, who: User) -> None:
    """A sweep may have been quicker than our ledger; it could not know why then."""
    for run in Run.objects.filter(pk__in=[run.pk for run in runs], state=RunState.CANCELLED):
        if not run.events.filter(why=why[:1000]).exists():
            run.note(why, who=who)


def _refusal(job: Job, error: JenkinsError) -> str:
    if isinstance(error, NotAuthorised) and error.status == 403:
        missing = permission_name(error.permission) or "Job/Configure"
        return f"Jenkins does not allow it: {job.controller.user} lacks {missing}."
    if isinstance(error, UnexpectedAnswer) and error.status == 404:
        return "Jenkins no longer has this job, or no switch for it."
    return explain(error)
