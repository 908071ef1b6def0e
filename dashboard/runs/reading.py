"""Reading consoles: on while somebody watches, and the rest once the build has ended."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, longest_request
from dashboard.runs import console
from dashboard.runs.models import Run
from jenkins_api import AnswerLost, Jenkins, JenkinsError, NotSent, Unavailable

log = structlog.get_logger(__name__)

READ_FOR = timedelta(seconds=60)  # then others have their turn
ASK_AGAIN_AFTER = timedelta(seconds=15)  # where one could not be read


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
    if not due.update(console_lease_until=now + READ_FOR + longest_request()):
        return
    run = Run.objects.select_related("controller", "job").get(pk=run_id)
    lease_until = None
    try:
        with client_for(run.controller) as jenkins:
            while read_console(run, jenkins) and timezone.now() < now + READ_FOR:
                run.refresh_from_db()
    except (NotSent, AnswerLost, Unavailable) as error:  # its sweep says whether it is away
        log.warning("console not read", run=run.pk, why=explain(error))
        lease_until = timezone.now() + ASK_AGAIN_AFTER
    except JenkinsError as error:  # refused, or gone with its build: never asked again
        note = f"The rest of the console could not be read: {explain(error)}"[:500]
        run.note(note, console_is_complete=True, console_note=note)
    Run.objects.filter(pk=run_id).update(console_lease_until=lease_until)
