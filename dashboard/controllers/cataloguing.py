"""The catalogue: which jobs a controller has, and what each asks for."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard.controllers.connecting import client_for
from dashboard.controllers.models import Controller, Job
from jenkins_api import Job as JenkinsJob

_FACTS = ("kind", "description", "is_buildable", "is_disabled", "label", "parameters")
_SWITCH = ("is_disabled", "is_buildable")  # which others read of a single job, too


def sync_catalogue(controller: Controller) -> int:
    """Read all jobs of a controller and bring our rows up to date; how many it has.

    Raises JenkinsError and changes nothing where they could not be read. A job that Jenkins
    no longer has keeps its row, marked gone: its runs point to it. Of a job that was switched
    since we asked, the row knows more than this catalogue.
    """
    switches = {job.pk: _switch_of(job) for job in controller.jobs.only(*_SWITCH)}
    with client_for(controller) as jenkins:
        found = {job.full_name: job for job in jenkins.jobs()}
    now = timezone.now()
    with transaction.atomic():
        locked = controller.jobs.select_for_update().order_by("pk")
        known = {job.full_name: job for job in locked}
        fresh = [
            Job(controller=controller, full_name=name, synced_at=now, **_facts(job))
            for name, job in found.items()
            if name not in known
        ]
        # Another worker may be reading the same catalogue
        Job.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
        changed = [
            job
            for name, job in known.items()
            if _update(job, found.get(name), is_switched=_switch_of(job) != switches.get(job.pk))
        ]
        Job.objects.bulk_update(changed, (*_FACTS, "gone_at"), batch_size=500)
        controller.jobs.filter(gone_at=None).update(synced_at=now)
        controllers = Controller.objects.filter(pk=controller.pk)
        controllers.update(
            catalogue_synced_at=now,
            catalogue_due_at=now + timedelta(seconds=settings.CATALOGUE_EVERY_S),
        )
        if fresh or changed:
            controllers.bump_news()
    return len(found)


def _facts(job: JenkinsJob) -> dict[str, object]:
    return {
        "kind": job.kind,
        "description": job.description,
        "is_buildable": job.is_buildable,
        "is_disabled": job.is_disabled,
        "label": job.label[:500],
        "parameters": [
            {**asdict(parameter), "choices": list(parameter.choices)}
            for parameter in job.parameters
        ],
    }


def _switch_of(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in _SWITCH}


def _update(job: Job, found: JenkinsJob | None, *, is_switched: bool) -> bool:
    """Take over what Jenkins says of a job we know; whether anything changed."""
    before = [getattr(job, name) for name in (*_FACTS, "gone_at")]
    if found is None:
        job.gone_at = job.gone_at or timezone.now()
    else:
        job.gone_at = None
        for name, value in (_facts(found) | (_switch_of(job) if is_switched else {})).items():
            setattr(job, name, value)
    return before != [getattr(job, name) for name in (*_FACTS, "gone_at")]
