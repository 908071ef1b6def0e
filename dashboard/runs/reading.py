"""Reading consoles: on while somebody watches, and the rest once the build has ended."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, longest_request
from dashboard.runs import console
from dashboard.runs.models import Run
from jenkins_api import AnswerLost, Jenkins, JenkinsError, NotAuthorised, NotSent, Unavailable

log = structlog.get_logger(__name__)

READ_FOR = timedelta(seconds=60)  # then others have their turn
ASK_AGAIN_AFTER = timedelta(seconds=15)  # where one could not be read
MOST_FAILURES = 20  # five minutes of them, not counting those of a controller that is away
AT_ONCE = 4  # of a worker's eight threads: sweeps and launches come first
OF_ONE_CONTROLLER = 2  # a sick one leaves the others their places

SILENCE = (NotSent, AnswerLost, Unavailable)  # the sweep says whether the controller is away


def read_console(run: Run, jenkins: Jenkins, chunk_within_s: float | None = None) -> bool:
    """Read on from where our copy ends; whether there is more to read at once.

    ``chunk_within_s``: what each part of a long answer may take, whose lease is held meanwhile.
    """
    if run.build_number is None:
        return False
    what = (run.job.full_name, run.build_number, run.console_offset)
    with closing(jenkins.console_chunks(*what, chunk_within_s=chunk_within_s)) as chunks:
        for chunk in chunks:
            is_news = console.append(run, chunk)
            if chunk.is_part and chunk_within_s:
                lease_until = timezone.now() + READ_FOR + longest_request()
                Run.objects.filter(pk=run.pk).update(console_lease_until=lease_until)
    return is_news and chunk.has_more and chunk.next_start != chunk.start


def due_consoles(now: datetime) -> list[int]:
    """Finished runs whose console a worker should read on now, the one due longest first."""
    busy = Counter(Run.objects.console_being_read(now).values_list("controller", flat=True))
    chosen = []
    due = Run.objects.console_to_read(now).order_by("console_due_at")
    for run_id, controller_id in due.values_list("pk", "controller"):
        if busy.total() >= AT_ONCE:
            break
        if busy[controller_id] < OF_ONE_CONTROLLER:
            busy[controller_id] += 1
            chosen.append(run_id)
    return chosen


def read_rest_of_console(run_id: int) -> None:
    """Read what is left of a finished run's console, unless another worker does so.

    Jenkins answers at most some ten thousand lines at once, so this may take several requests.
    """
    now = timezone.now()
    due = Run.objects.console_to_read(now).filter(pk=run_id)
    if not due.update(console_lease_until=now + READ_FOR + longest_request()):
        return
    run = Run.objects.select_related("controller", "job").get(pk=run_id)
    due_at, failures = now, 0
    try:
        with client_for(run.controller) as jenkins:
            within_s = READ_FOR.total_seconds()
            while read_console(run, jenkins, within_s) and timezone.now() < now + READ_FOR:
                run.refresh_from_db()
    except JenkinsError as error:
        log.warning("console not read", run=run.pk, why=explain(error))
        due_at = timezone.now() + ASK_AGAIN_AFTER
        failures = run.console_failures + (not isinstance(error, SILENCE))
        if is_final(error) or failures >= MOST_FAILURES:
            _give_up(run, explain(error))
    Run.objects.filter(pk=run_id).update(
        console_lease_until=None, console_due_at=due_at, console_failures=failures
    )


def is_final(error: JenkinsError) -> bool:
    """Whether what was asked of a build will never be answered.

    A 401 is about the account: soon its controller counts as away, and everything waits.
    """
    return error.is_final and not (isinstance(error, NotAuthorised) and error.status == 401)


def _give_up(run: Run, why: str) -> None:
    note = f"The rest of the console could not be read: {why}"[:500]
    notes = f"{run.console_note} {note}".strip()[:500]
    run.note(note, console_is_complete=True, console_note=notes)
