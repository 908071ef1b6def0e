"""Attempts fold into cases, and cases are counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.results.counting import Outcome, count, fold
from dashboard.runs.deciding import Counts
from jenkins_api.records import CaseAttempt


def attempt(name: str = "test_pay", status: str = "PASSED", **fields) -> CaseAttempt:
    fields = {"suite": "pytest", "class_name": "tests.test_cards", "duration_s": 0.5} | fields
    return CaseAttempt(name=name, status=status, **fields)


@pytest.mark.parametrize(
    ("attempts", "outcome", "count_of_attempts"),
    [
        ([attempt()], Outcome.PASSED, 1),
        ([attempt(status="FIXED")], Outcome.PASSED, 1),
        ([attempt(status="FAILED")], Outcome.FAILED, 1),
        ([attempt(status="REGRESSION")], Outcome.FAILED, 1),
        ([attempt(status="SKIPPED")], Outcome.SKIPPED, 1),
        ([attempt(status="FAILED"), attempt()], Outcome.PASSED_ON_RERUN, 2),
        ([attempt(), attempt()], Outcome.PASSED_ON_RERUN, 2),  # pytest-rerunfailures
        ([attempt(failed_earlier=2)], Outcome.PASSED_ON_RERUN, 3),  # flakyFailures
        ([attempt(status="FAILED", failed_earlier=1)], Outcome.FAILED, 2),  # rerunFailures
        ([attempt(), attempt(), attempt(status="FAILED")], Outcome.FAILED, 3),
        ([attempt(), attempt(failed_earlier=3)], Outcome.PASSED_ON_RERUN, 4),
        ([attempt(), attempt(), attempt(failed_earlier=1)], Outcome.PASSED_ON_RERUN, 3),
    ],
)
def test_the_last_attempt_decides(attempts, outcome, count_of_attempts):
    (case,) = fold(attempts)

    assert (case.outcome, case.attempts) == (outcome, count_of_attempts)


def test_the_same_name_in_another_class_is_another_case():
    cases = fold([attempt(class_name="a"), attempt(class_name="b")])

    assert [(case.class_name, case.attempts) for case in cases] == [("a", 1), ("b", 1)]


def test_the_same_case_in_another_part_of_the_job_is_no_attempt_of_it():
    cases = fold([attempt(status="FAILED", part="OS=linux"), attempt(part="OS=mac")])

    assert [(case.part, case.outcome, case.attempts) for case in cases] == [
        ("OS=linux", Outcome.FAILED, 1), ("OS=mac", Outcome.PASSED, 1),
    ]  # fmt: skip


def test_cases_come_in_the_order_to_read_them():
    cases = fold(
        [
            attempt("passes"),
            attempt("is skipped", "SKIPPED"),
            attempt("passes on rerun", failed_earlier=1),
            attempt("fails", "FAILED"),
            attempt("fails as well", "FAILED"),
        ]
    )

    assert [case.name for case in cases] == [
        "fails", "fails as well", "passes on rerun", "is skipped", "passes",
    ]  # fmt: skip


def test_a_case_that_passed_on_a_rerun_tells_what_failed_before():
    first = attempt(status="FAILED", message="card_declined", trace="test_cards.py:88")

    (case,) = fold([first, attempt(duration_s=0.25)])

    assert (case.message, case.trace, case.duration_s) == (
        "card_declined", "test_cards.py:88", 0.25,
    )  # fmt: skip


def test_a_skipped_case_tells_why():
    (case,) = fold([attempt(status="SKIPPED", skipped_message="no sandbox")])

    assert case.message == "no sandbox"


def test_counts_are_of_cases():
    cases = fold(
        [
            attempt("fails"), attempt("fails"), attempt("fails", "FAILED"),
            attempt("fails at once", "FAILED"),
            attempt("passes on rerun"), attempt("passes on rerun"),
            attempt("is skipped", "SKIPPED"),
            attempt("passes"),
        ]
    )  # fmt: skip

    assert count(cases) == Counts(
        total=5, failed=2, skipped=1, failed_first=1, reruns_used=2, every_time=True
    )


def test_failing_once_is_not_failing_every_time():
    cases = fold([attempt("fails", "FAILED"), attempt("passes"), attempt("passes")])

    assert not count(cases).every_time


def test_an_empty_report_counts_nothing():
    assert count(fold([])) == Counts(
        total=0, failed=0, skipped=0, failed_first=0, reruns_used=0, every_time=False
    )


@given(
    st.lists(
        st.builds(
            attempt,
            name=st.sampled_from(["a", "b", "c"]),
            status=st.sampled_from(["PASSED", "FIXED", "FAILED", "REGRESSION", "SKIPPED"]),
            failed_earlier=st.integers(0, 2),
        )
    )
)
def test_every_name_is_one_case_and_no_case_is_counted_twice(attempts):
    cases = fold(attempts)
    counts = count(cases)

    assert {case.name for case in cases} == {attempt.name for attempt in attempts}
    assert counts.total == len(cases)
    passed = sum(case.outcome == Outcome.PASSED for case in cases)
    assert counts.failed + counts.skipped + counts.failed_first + passed == counts.total
