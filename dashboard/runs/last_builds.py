"""The latest build of a job and its six last ones: read by sweeps while somebody looks."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.controllers.connecting import explain
from dashboard.controllers.models import Controller, Job
from dashboard.shared.watching import renew
from jenkins_api import (
    AnswerLost,
    Build,
    Jenkins,
    JenkinsError,
    LastBuilds,
    NotSent,
    Unavailable,
)

READ_AGAIN_AFTER = timedelta(seconds=2)
NAMES = ("last", "completed", "stable", "successful", "unstable", "failed", "unsuccessful")


def watch_job(job: Job) -> None:
    """Have sweeps read the builds of ``job`` for the next 15 s; written only when that runs out.

    The sweep of a controller that rests, because nothing runs there, is due at once.
    """
    renewed = renew(Job.objects.filter(pk=job.pk), "watched_until", job.watched_until)
    if renewed and not job.controller.runs.active().exists():
        resting = Controller.objects.filter(pk=job.controller_id, unreachable_since=None)
        resting.sweep_by(timezone.now())


def jobs_to_read(controller: Controller, now: datetime) -> QuerySet[Job]:
    """Watched jobs of ``controller`` whose builds were not read in the last two seconds."""
    due = Q(builds_read_at=None) | Q(builds_read_at__lte=now - READ_AGAIN_AFTER)
    return controller.jobs.filter(due, watched_until__gt=now, gone_at=None)


def is_anything_watched(controller: Controller) -> bool:
    """Whether somebody looks at a job of ``controller``."""
    return controller.jobs.filter(watched_until__gt=timezone.now(), gone_at=None).exists()


def read_last_builds(job: Job, jenkins: Jenkins) -> None:
    """Ask for the builds of ``job``, and whether it is on, by one request; tell open pages.

    Raises NotSent, AnswerLost or Unavailable; any other trouble is about this job, and kept.
    """
    read: dict[str, Any] = {"builds_trouble": ""}
    try:
        found = jenkins.last_builds(job.full_name)
        read["builds"] = _storable(found, job.controller.plan_parameter)
        read |= {"is_disabled": found.is_disabled, "is_buildable": found.is_buildable}
    except (NotSent, AnswerLost, Unavailable):
        raise
    except JenkinsError as error:
        read["builds_trouble"] = explain(error)[:500]
    new = {name: value for name, value in read.items() if getattr(job, name) != value}
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(builds_read_at=timezone.now(), **new)
        if new:
            Controller.objects.filter(pk=job.controller_id).bump_news()


def stored_build(job: Job, name: str) -> Build | None:
    """The build that one of `NAMES` stood for when it was last read."""
    stored = (job.builds or {}).get(name)
    return None if stored is None else Build(**stored)


def _storable(found: LastBuilds, plan_parameter: str) -> dict[str, Any]:
    builds = {name: getattr(found, name) for name in NAMES}
    return {
        name: None if build is None else _storable_build(build, plan_parameter)
        for name, build in builds.items()
    }


def _storable_build(build: Build, plan_parameter: str) -> dict[str, Any]:
    """Its facts without what may be large: of the parameters only the plan."""
    plan = build.parameters.get(plan_parameter)
    parameters = {} if plan is None else {plan_parameter: plan[:500]}
    return asdict(replace(build, parameters=parameters, description="")) | {
        "causes": list(build.causes)[:20]
    }
