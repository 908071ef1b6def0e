"""Reading test reports: a tick asks the database what is due and starts it."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from dashboard.results import collecting

# Ticks start few at once, and a controller that answers need not wait for the next one: many
# builds that end together have their verdicts soon.
GO_ON_FOR = timedelta(seconds=5)  # then others have their turn


@shared_task(name="results.tick")
def tick() -> None:
    """Start reading the reports of finished runs without a verdict."""
    for run_id in collecting.due_few(timezone.now()):
        collect_run.apply_async((run_id,), expires=5)


@shared_task(name="results.collect_run")
def collect_run(run_id: int) -> None:
    """Conclude one finished run, then more of its controller while that answers."""
    until = timezone.now() + GO_ON_FOR
    next_id: int | None = run_id
    while next_id and collecting.collect(next_id) and timezone.now() < until:
        next_id = collecting.due_beside(run_id).values_list("pk", flat=True).first()
