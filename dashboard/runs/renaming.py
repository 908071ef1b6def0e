"""A job that was renamed or moved in Jenkins while a run of it waits or runs there."""

from __future__ import annotations

from django.utils import timezone

from dashboard.controllers.models import Controller, Job
from dashboard.runs.models import Run

# What its row has until the catalogue has read it
COPIED = ("kind", "label", "parameters")


def follow_job(run: Run, name: str | None) -> None:
    """Have ``run`` belong to the job of which Jenkins says that its item or build is.

    Its console, its build and an abort are asked for by the job's name.
    """
    old = run.job
    if name in (None, old.full_name):
        return
    job, is_new = Job.objects.get_or_create(
        controller=run.controller,
        full_name=name,
        defaults={field: getattr(old, field) for field in COPIED},
    )
    if is_new or job.gone_at:
        Controller.objects.filter(pk=run.controller_id).update(catalogue_due_at=timezone.now())
    run.note(f"The job {old} is called {job} in Jenkins now.", job=job)
