"""A job that was renamed or moved in Jenkins while a run of it waits or runs there."""

from __future__ import annotations

from django.utils import timezone

from dashboard.controllers.models import Controller, Job
from dashboard.runs.models import Run
from dashboard.runs.states import RunState

# What its row has until the catalogue has read it
COPIED = ("kind", "label", "parameters")


def is_still_its(run: Run, name: str | None, session: str | None) -> bool:
    """Whether the job ``name`` of an item or build with its queue id is, or now becomes, its own.

    After a restart the ids are given out again: another job with the same one is the renamed one
    only where Jenkins is known to run since before the launch.
    """
    if name in (None, run.job.full_name):
        return True
    is_same_life = bool(session) and run.queue_session == session
    if is_same_life:
        follow_job(run, name)
    return is_same_life


def follow_job(run: Run, name: str) -> None:
    """Have ``run`` belong to the job ``name``: its build and an abort are asked for by that.

    Where another run has that build there already, as one that adopted it, it is joined to it.
    """
    old = run.job
    job, is_new = Job.objects.get_or_create(
        controller=run.controller,
        full_name=name,
        defaults={field: getattr(old, field) for field in COPIED},
    )
    if is_new or job.gone_at:
        Controller.objects.filter(pk=run.controller_id).update(catalogue_due_at=timezone.now())
    same_build = Run.objects.filter(
        job=job, build_number=run.build_number or 0, joined_to=None, state=RunState.RUNNING
    )
    holder = run.joined_to or same_build.exclude(pk=run.pk).first()
    run.note(f"The job {old} is called {job} in Jenkins now.", job=job, joined_to=holder)
