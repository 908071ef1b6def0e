"""Following runs: a tick asks the database what is due and starts it."""

from celery import shared_task
from django.utils import timezone

from dashboard.runs import aborting, reading, sweeping


@shared_task(name="runs.tick")
def tick() -> None:
    """Start a sweep for each controller that is due, and the rest of ended consoles."""
    now = timezone.now()
    for controller_id in sweeping.due_controllers(now):
        sweep_controller.apply_async((controller_id,), expires=5)
    for run_id in reading.due_consoles(now):
        read_console.apply_async((run_id,), expires=5)


@shared_task(name="runs.sweep_controller")
def sweep_controller(controller_id: int) -> None:
    """Follow all runs of a controller once; a second delivery finds the lease taken."""
    sweeping.sweep(controller_id)


@shared_task(name="runs.read_console")
def read_console(run_id: int) -> None:
    """Read the rest of a finished run's console."""
    reading.read_rest_of_console(run_id)


@shared_task(name="runs.abort_run")
def abort_run(run_id: int) -> None:
    """Tell Jenkins to end a run; at most once in five seconds."""
    aborting.abort_at_once(run_id)
