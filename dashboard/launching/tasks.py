"""Launching: a tick starts what is due; each run is sent by a task of its own."""

from celery import shared_task

from dashboard.launching import submitting, timing

AT_ONCE = 50  # launches started by one tick; the next goes on


@shared_task(name="launching.tick")
def tick() -> None:
    """Settle what time decides, and start the launches that are due."""
    timing.settle_what_time_decides()
    for run_id in timing.due_runs().values_list("pk", flat=True)[:AT_ONCE]:
        submit_run.apply_async((run_id,), expires=5)


@shared_task(name="launching.submit_run")
def submit_run(run_id: int) -> None:
    """Carry one accepted run to its controller; a second delivery does nothing."""
    submitting.submit_run(run_id)
