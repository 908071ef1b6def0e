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
from dashboard.runs.querying import RunQuerySet
from jenkins_api import AnswerLost, Jenkins, JenkinsError, NotAuthorised, NotSent, Unavailable

log = structlog.get_logger(__name__)

READ_FOR = timedelta(seconds=60)  # then others have their turn
ASK_AGAIN_AFTER = timedelta(seconds=15)  # where one could not be read
MOST_FAILURES = 20  # five minutes of them, not counting those of a controller that is away
# Consoles, and as many test reports, of a worker's sixteen threads: sweeps and launches come first
AT_ONCE = 4
OF_ONE_CONTROLLER = 2  # a sick one leaves the others their places
NOTHING_CAME = "Jenkins says that more of this log will come, and nothing does."

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
                _hold(run)
    if run.is_ended and not chunk.has_more and _is_all_read(run, chunk.next_start):
        _compare(run, jenkins)
    return is_news and chunk.has_more and chunk.next_start != chunk.start


def _is_all_read(run: Run, end_byte: int) -> bool:
    """Whether all that came up to the end of the log is stored, and it is not complete yet.

    By the row as it is now: another worker may have taken over where our lease ran out.
    """
    run.refresh_from_db(fields=console.CHANGED)
    is_at_end = run.console_offset == end_byte and run.console_ahead_bytes == 0
    return is_at_end and not run.console_is_complete


def _hold(run: Run) -> None:
    lease_until = timezone.now() + READ_FOR + longest_request()
    Run.objects.filter(pk=run.pk).update(console_lease_until=lease_until)


def _compare(run: Run, jenkins: Jenkins) -> None:
    """Fewer bytes came than Jenkins's log has: complete it, and say whether lines are missing.

    They may be, where the whole log cannot be had for comparison.
    """
    _hold(run)
    what = (run.job.full_name, run.build_number or 0)
    try:
        with closing(jenkins.console_pieces(*what, READ_FOR.total_seconds())) as log_now:
            is_whole = console.has_all_of(run, log_now)
    except JenkinsError as error:
        log.info("console not compared", run=run.pk, why=explain(error))
        is_whole = False
    console.complete(run, is_whole=is_whole)


def due_consoles(now: datetime) -> list[int]:
    """Finished runs whose console a worker should read on now."""
    due = Run.objects.console_to_read(now).order_by("console_due_at")
    return take_few(due, at_hand=Run.objects.console_being_read(now))


def take_few(due: RunQuerySet, *, at_hand: RunQuerySet) -> list[int]:
    """Ids of ``due`` runs to start reading now, with regard to what workers have ``at_hand``.

    A sick controller holds its places for long: the next one that is free goes to a controller
    that holds fewest, and there to the run due longest.
    """
    busy = Counter(at_hand.values_list("controller", flat=True))
    waiting = list(due.values_list("pk", "controller"))
    chosen: list[int] = []
    for held in range(OF_ONE_CONTROLLER):
        for run_id, controller_id in waiting:
            is_next = busy[controller_id] == held and run_id not in chosen
            if is_next and busy.total() < AT_ONCE:
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
    stood_at, has_more = run.console_offset, True
    wait, failures, why, is_over = timedelta(0), 0, "", False
    try:
        with client_for(run.controller) as jenkins:
            while has_more and timezone.now() < now + READ_FOR:
                has_more = read_console(run, jenkins, READ_FOR.total_seconds())
                run.refresh_from_db()
    except JenkinsError as error:
        wait, why, is_over = ASK_AGAIN_AFTER, explain(error), is_final(error)
        failures = run.console_failures + (not isinstance(error, SILENCE))
        log.warning("console not read", run=run.pk, why=why)
    else:
        if run.console_offset == stood_at and not run.console_is_complete:
            # Soon at first: an ended build may publish for a moment, and then its log ends
            wait = min(timedelta(seconds=2**run.console_failures), ASK_AGAIN_AFTER)
            failures, why = run.console_failures + 1, NOTHING_CAME
    if is_over or failures >= MOST_FAILURES:
        _give_up(run, why)
    Run.objects.filter(pk=run_id).update(
        console_lease_until=None,
        console_due_at=timezone.now() + wait,
        console_failures=failures,
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
