"""The demo's plans, each from its form to what its page says of it."""

from __future__ import annotations

import pytest

from tests.flows.page import words_of
from tests.flows.person import Person, whole_console


def verdict_of(tester: Person, plan: str, reruns: str = "0"):
    run = tester.launch("qa/regression", TestPlanName=plan, NoOfReruns=reruns)
    run = tester.settled(run)
    return run, words_of(run.part("run-header"))


@pytest.mark.parametrize("plan", ["flaky", "flaky-bare"])
def test_a_flaky_plan_is_red_without_reruns(tester: Person, plan: str) -> None:
    _, header = verdict_of(tester, plan, reruns="0")
    assert header.startswith(f"Tests failed (2) {plan}")
    assert "FAILURE" in header


@pytest.mark.parametrize("plan", ["flaky", "flaky-bare"])
def test_a_flaky_plan_passes_on_a_rerun(tester: Person, plan: str) -> None:
    _, header = verdict_of(tester, plan, reruns="2")
    assert header.startswith(f"Passed on rerun 2 of 2 {plan}")
    assert "SUCCESS" in header


def test_a_failing_plan_opens_with_its_failed_tests(tester: Person) -> None:
    run, header = verdict_of(tester, "failing")
    assert header.startswith("Tests failed (5) failing")
    assert run.path.endswith("/tests/")
    assert "test_cup_has_a_price" in run.words
    assert "KeyError: 'cup'" in run.words  # its message
    assert "return read_prices()[article]" in run.words  # and in its trace, where


def test_failures_that_do_not_fail_the_build_are_no_failure_of_it(tester: Person) -> None:
    run, header = verdict_of(tester, "unstable")
    assert header.startswith("Tests failed (2) unstable")
    assert "UNSTABLE" in header
    assert "nothing goes with sugar" in run.words


def test_a_plan_that_breaks_before_its_tests_says_so_and_shows_its_console(
    tester: Person,
) -> None:
    run, header = verdict_of(tester, "broken")
    assert header.startswith("Broke broken")
    console = "\n".join(whole_console(tester, run))
    assert "could not connect to database shop-staging:5432" in console
    assert "No test report" in tester.open(f"{run.path}tests/").words


def test_a_job_that_asks_nothing_is_launched_with_one_button(tester: Person) -> None:
    form = tester.form_of("qa/nightly")
    assert "This job asks for nothing" in form.words
    run = tester.settled(tester.send(form.form()))
    assert words_of(run.part("run-header")).startswith("Passed nightly")
