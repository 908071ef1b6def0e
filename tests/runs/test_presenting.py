"""One look for each state and verdict."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles import finders

from dashboard.runs.models import Run
from dashboard.runs.presenting import STATES, VERDICTS, look_of, look_of_build
from dashboard.runs.states import RunState, Verdict
from tests.runs.test_deciding import build


def finished(verdict: Verdict, result: str = "SUCCESS", **fields) -> Run:
    return Run(state=RunState.FINISHED, verdict=verdict, build_result=result, **fields)


@pytest.mark.parametrize(
    ("run", "css", "word"),
    [
        (finished(Verdict.PASSED), "rb-passed", "Passed"),
        (
            finished(Verdict.PASSED_ON_RERUN, reruns_used=1, reruns=2),
            "rb-rerun",
            "Passed on rerun 1 of 2",
        ),
        (finished(Verdict.PASSED_ON_RERUN, reruns_used=1), "rb-rerun", "Passed on rerun 1"),
        (
            finished(Verdict.TESTS_FAILED, "UNSTABLE", tests_failed=4),
            "rb-softfail",
            "Tests failed (4)",
        ),
        (
            finished(Verdict.TESTS_FAILED, "FAILURE", tests_failed=3, failed_every_time=True),
            "rb-failed",
            "Tests failed (3, every time)",
        ),
        (
            finished(Verdict.TESTS_FAILED, "UNSTABLE", tests_failed=1043),
            "rb-softfail",
            "Tests failed (1,043)",
        ),
        (finished(Verdict.BROKE, "FAILURE"), "rb-broke", "Broke"),
        (finished(Verdict.UNSTABLE, "UNSTABLE"), "rb-unstable", "Unstable"),
        (finished(Verdict.LOST, ""), "rb-lost", "Lost by the controller"),
        (Run(state=RunState.RUNNING), "rb-running", "Running"),
        (Run(state=RunState.RUNNING, waits_for_input=True), "rb-unknown", "Waits for input"),
        (Run(state=RunState.QUEUED, joined_to_id=1), "rb-queued", "Joined"),
        (Run(state=RunState.FINISHED), "rb-queued", "Finished, reading its tests"),
    ],
)
def test_a_run_looks_like_its_verdict_else_like_its_state(run, css, word):
    look = look_of(run)
    assert (look.css, look.word) == (css, word)


@pytest.mark.parametrize(
    ("result", "css", "icon"),
    [
        ("SUCCESS", "rb-passed", "circle-check"),
        ("FAILURE", "rb-broke", "circle-x"),
        ("UNSTABLE", "rb-unstable", "circle-x"),
        ("ABORTED", "rb-aborted", "player-stop"),
    ],
)
def test_a_build_whose_tests_are_not_known_is_not_said_to_have_broken(result, css, icon):
    look = look_of_build(build(result=result))
    assert (look.css, look.icon, look.word) == (css, icon, result)


def test_every_state_and_verdict_has_a_look_and_an_icon_for_the_tab():
    assert set(STATES) == set(RunState)
    assert set(VERDICTS) == set(Verdict)
    for look in [*STATES.values(), *VERDICTS.values()]:
        assert finders.find(look.favicon)
