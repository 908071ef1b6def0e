"""A finished run's test report: read once, stored as cases, and the run is concluded."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from dashboard.controllers.connecting import client_for, explain, longest_request
from dashboard.results.counting import Case, count, fold
from dashboard.results.models import TestCase
from dashboard.runs.concluding import conclude
from dashboard.runs.deciding import Counts
from dashboard.runs.models import Run
from dashboard.runs.querying import RunQuerySet
from dashboard.runs.reading import ASK_AGAIN_AFTER, SILENCE, is_final, take_few
from dashboard.runs.states import RunState
from jenkins_api import JenkinsError
from jenkins_api.records import Report

log = structlog.get_logger(__name__)

WITHOUT_REPORT = ("", "NOT_BUILT")  # results of builds that vanished or never began
GIVE_UP_AFTER = timedelta(minutes=5)

MOST_CASES = 20_000
BATCH_CASES = 500  # written at once
CASE_FIELDS = (
    "outcome",
    "part",
    "suite",
    "class_name",
    "name",
    "attempts",
    "duration_s",
    "message",
    "trace",
)
MOST_TEXT_CHARACTERS = 64 * 1024
# XML cannot hold an escape character: pytest writes it into its report as "#x1B".
COLOUR_CODE = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")
CUT = "\n… cut here by Runboard; Jenkins has all of it."


def due(now: datetime) -> RunQuerySet:
    """Runs to conclude that no worker has at hand; a joined one once the other has its verdict."""
    other_is_settled = Q(joined_to__concluded_at__isnull=False) | Q(
        joined_to__state__in=(RunState.REFUSED, RunState.CANCELLED, RunState.UNKNOWN)
    )
    return Run.objects.to_conclude().filter(
        Q(joined_to=None) | other_is_settled,
        _is_free(now),
        controller__is_enabled=True,
    )


def _is_free(now: datetime) -> Q:
    return Q(Q(lease_until=None) | Q(lease_until__lt=now), due_at__lte=now)


def being_collected(now: datetime) -> RunQuerySet:
    """Runs to conclude that a worker has at hand."""
    return Run.objects.to_conclude().filter(lease_until__gt=now)


def due_few(now: datetime) -> list[int]:
    """Runs that workers should begin with now: few of one controller, whose reports may hang."""
    return take_few(due(now).order_by("due_at"), at_hand=being_collected(now))


def due_beside(run_id: int) -> RunQuerySet:
    """Runs to conclude of the controller of ``run_id``, the one due longest first."""
    return due(timezone.now()).filter(controller__runs=run_id).order_by("due_at")


def collect(run_id: int) -> bool:
    """Conclude a finished run by its test report; whether its controller can be asked on.

    False where Jenkins was silent, and where a worker has this run at hand: a second delivery
    does nothing. A controller that is away is asked again later, for as long as it takes. One
    that answers, but with no report that can be read, is asked for `GIVE_UP_AFTER`, unless it
    says a clear no.
    """
    if not _take(run_id):
        return False
    run = Run.objects.select_related("controller", "job", "joined_to").get(pk=run_id)
    has_answered = True
    if run.joined_to and run.joined_to.concluded_at:
        conclude(run, _counts_of(run.joined_to), trouble=run.joined_to.report_trouble)
    elif run.build_result in WITHOUT_REPORT or run.build_number is None:
        conclude(run, None)
    elif run.controller.is_away:
        Run.objects.filter(pk=run.pk).update(report_failed_at=None)  # the time begins anew
    else:
        has_answered = _read_report(run, run.build_number)
    due_at = timezone.now() + ASK_AGAIN_AFTER  # where it has no verdict yet
    Run.objects.filter(pk=run.pk).update(lease_until=None, due_at=due_at)
    return has_answered


def _take(run_id: int) -> bool:
    """Whether this worker has it now, alone.

    The update asks the row itself once more: among several tables PostgreSQL would let two
    workers have it that come at the same moment.
    """
    now = timezone.now()
    if not due(now).filter(pk=run_id).exists():
        return False
    row = Run.objects.filter(_is_free(now), pk=run_id)
    return bool(row.update(lease_until=now + longest_request()))


def _read_report(run: Run, build_number: int) -> bool:
    """Conclude the run by its report where there is one; whether Jenkins answered at all."""
    try:
        with client_for(run.controller) as jenkins:
            report = jenkins.test_report(run.job.full_name, build_number)
    except SILENCE as error:
        log.info("test report not asked", run=run.pk, why=explain(error))
        return False
    except JenkinsError as error:
        _not_readable(run, error)
    else:
        store(run, report)
    return True


def _not_readable(run: Run, error: JenkinsError) -> None:
    """Note the first time in the Timeline; give up when that was long enough ago."""
    now, why = timezone.now(), explain(error)
    is_late = run.report_failed_at and now - run.report_failed_at >= GIVE_UP_AFTER
    if is_late or is_final(error):
        conclude(run, None, trouble=why)
    elif run.report_failed_at is None:
        run.note(f"The test report cannot be read yet: {why}", report_failed_at=now)


def store(run: Run, report: Report | None) -> None:
    """Keep the cases of ``run`` and conclude it, unless another worker was first."""
    if not Run.objects.to_conclude().filter(pk=run.pk).exists():
        return
    cases = [] if report is None else fold(report.attempts)
    _keep(run, cases[:MOST_CASES])
    conclude(run, None if report is None else count(cases))


def _keep(run: Run, cases: list[Case]) -> None:
    """Write ``cases`` over what an earlier try may have left.

    Each batch is a transaction: one for all would keep everybody else from writing for seconds.
    """
    for start in range(0, len(cases), BATCH_CASES):
        batch = cases[start : start + BATCH_CASES]
        TestCase.objects.bulk_create(
            [_row(run, rank, case) for rank, case in enumerate(batch, start)],
            update_conflicts=True,
            unique_fields=("run", "rank"),
            update_fields=CASE_FIELDS,
        )
    run.cases.filter(rank__gte=len(cases)).delete()


def _row(run: Run, rank: int, case: Case) -> TestCase:
    return TestCase(
        run=run,
        rank=rank,
        outcome=case.outcome,
        part=case.part[:500],
        suite=case.suite[:500],
        class_name=case.class_name[:500],
        name=case.name[:1000],
        attempts=case.attempts,
        duration_s=case.duration_s,
        message=readable(case.message),
        trace=readable(case.trace),
    )


def readable(text: str) -> str:
    """A message or trace without colour codes, cut where it is very long."""
    text = COLOUR_CODE.sub("", text)
    return text if len(text) <= MOST_TEXT_CHARACTERS else text[:MOST_TEXT_CHARACTERS] + CUT


def _counts_of(run: Run) -> Counts | None:
    """The counts of a concluded run, for those that Jenkins folded into it."""
    if not run.has_report:
        return None
    return Counts(
        total=run.tests_total or 0,
        failed=run.tests_failed or 0,
        skipped=run.tests_skipped or 0,
        failed_first=run.tests_failed_first or 0,
        reruns_used=run.reruns_used or 0,
        every_time=run.failed_every_time,
    )
