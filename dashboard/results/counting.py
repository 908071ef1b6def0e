"""What a test report says: attempts of one name fold into one case, and cases are counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.results.models import TestCase
from dashboard.runs.deciding import Counts
from jenkins_api.records import CaseAttempt

Outcome = TestCase.Outcome
READING_ORDER = (Outcome.FAILED, Outcome.PASSED_ON_RERUN, Outcome.SKIPPED, Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class Case:
    """One test as it ended; ``message`` and ``trace`` tell what failed, if only at first."""

    part: str  # of a matrix or Maven job, which runs the same tests several times
    suite: str
    class_name: str
    name: str
    outcome: Outcome
    attempts: int
    duration_s: float  # of the attempt that decided
    message: str
    trace: str


def fold(attempts: Iterable[CaseAttempt]) -> list[Case]:
    """Cases in the order to read them: failed, passed on a rerun, skipped, passed."""
    by_name: dict[tuple[str, str, str], list[CaseAttempt]] = {}
    for attempt in attempts:
        name = (attempt.part, attempt.class_name, attempt.name)
        by_name.setdefault(name, []).append(attempt)
    cases = [_case(same_name) for same_name in by_name.values()]
    return sorted(cases, key=lambda case: READING_ORDER.index(case.outcome))


def _case(attempts: list[CaseAttempt]) -> Case:
    """The last attempt decides. That there was an earlier one is enough to say that it failed.

    pytest-rerunfailures writes a failed earlier attempt as a bare ``<testcase/>``, without its
    failure; others put the failures into the one ``<testcase>`` that is left.
    """
    last = attempts[-1]
    count = max(len(attempts), 1 + max(attempt.failed_earlier for attempt in attempts))
    told = next((attempt for attempt in reversed(attempts) if attempt.message), last)
    return Case(
        part=last.part,
        suite=last.suite,
        class_name=last.class_name,
        name=last.name,
        outcome=_outcome(last.status, count),
        attempts=count,
        duration_s=last.duration_s,
        message=told.message or last.skipped_message,
        trace=told.trace,
    )


def _outcome(status: str, attempts: int) -> Outcome:
    match status:
        case "FAILED" | "REGRESSION":
            return Outcome.FAILED
        case "SKIPPED":
            return Outcome.SKIPPED
    return Outcome.PASSED_ON_RERUN if attempts > 1 else Outcome.PASSED


def count(cases: list[Case]) -> Counts:
    """The counts of cases that a run keeps."""
    outcomes = [case.outcome for case in cases]
    return Counts(
        total=len(cases),
        failed=outcomes.count(Outcome.FAILED),
        skipped=outcomes.count(Outcome.SKIPPED),
        failed_first=outcomes.count(Outcome.PASSED_ON_RERUN),
        reruns_used=max((case.attempts for case in cases), default=1) - 1,
        every_time=any(case.outcome == Outcome.FAILED and case.attempts > 1 for case in cases),
    )
