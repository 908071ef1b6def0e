"""Reading consoles: on while somebody watches, and the rest once the build has ended."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, note_trouble
from dashboard.runs import console
from dashboard.runs.models import Run
from jenkins_api import AnswerLost, Jenkins, JenkinsError, NotSent, Unavailable

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=90)
# Nothing is asked any more when less than this is left of the lease: more than one request's
# timeouts.
LEASE_MARGIN = timedelta(seconds=30)


def read_console(run: Run, jenkins: Jenkins) -> bool:
    """Read on from where our copy ends; whether there is more to read at once."""
    if run.build_number is None:
        return False
    chunk = jenkins.console(run.job.full_name, run.build_number, run.console_offset)
    return console.append(run, chunk) and chunk.has_more and chunk.next_start != chunk.start


def read_rest_of_console(run_id: int) -> None:
    """Read what is left of a finished run's console, unless another worker does so.

    Jenkins answers at most some ten thousand lines at once, so this may take several requests.
    """
    now = timezone.now()
    due = Run.objects.console_to_read(now).filter(pk=run_id)
    if not due.update(console_lease_until=now + LEASE):
        return
    run = Run.objects.select_related("controller", "job").get(pk=run_id)
    try:
        with client_for(run.controller) as jenkins:
            while read_console(run, jenkins) and timezone.now() < now + LEASE - LEASE_MARGIN:
                run.refresh_from_db()
    except JenkinsError as error:
        _console_unreadable(run, error)
    Run.objects.filter(pk=run_id).update(console_lease_until=None)


def _console_unreadable(run: Run, error: JenkinsError) -> None:
    """Away: asked again later. Refused, or gone with its build: noted, and never asked again."""
    log.warning("console not read", run=run.pk, why=explain(error))
    if isinstance(error, (NotSent, AnswerLost, Unavailable)):
        note_trouble(run.controller, error)
    else:
        note = f"The rest of the console could not be read: {explain(error)}"[:500]
        run.note(note, console_is_complete=True, console_note=note)
