"""Reading test reports: a tick asks the database what is due and starts it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from dashboard.results import collecting

AT_ONCE = 50  # reports started by one tick; the next goes on


@shared_task(name="results.tick")
def tick() -> None:
    """Start reading the report of each finished run without a verdict."""
    due = collecting.due(timezone.now()).order_by("due_at")
    for run_id in due.values_list("pk", flat=True)[:AT_ONCE]:
        collect_run.apply_async((run_id,), expires=5)


@shared_task(name="results.collect_run")
def collect_run(run_id: int) -> None:
    """Conclude one finished run; a second delivery finds it taken."""
    collecting.collect(run_id)
