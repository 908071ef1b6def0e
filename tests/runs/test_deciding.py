"""What answers mean, by table: no database, no network."""

import pytest

from dashboard.runs.deciding import Counts, after_build, after_queue_item, exit_code, verdict_for
from dashboard.runs.states import ENDED, MOVES, IllegalMove, RunState, Verdict, check_move
from jenkins_api import Build, QueueItem


def counts(**fields):
    zero = {
        "total": 3, "failed": 0, "skipped": 0, "failed_first": 0, "reruns_used": 0,
        "every_time": False,
    }  # fmt: skip
    return Counts(**(zero | fields))


@pytest.mark.parametrize(
    ("build_result", "report", "verdict", "code"),
    [
        ("", None, Verdict.LOST, 3),
        ("", counts(failed=1), Verdict.LOST, 3),
        ("ABORTED", counts(failed=2), Verdict.ABORTED, 3),
        ("NOT_BUILT", None, Verdict.NOT_BUILT, 3),
        ("FAILURE", counts(failed=1), Verdict.TESTS_FAILED, 1),
        ("UNSTABLE", counts(failed=1), Verdict.TESTS_FAILED, 1),
        ("SUCCESS", counts(failed=1), Verdict.TESTS_FAILED, 1),
        ("FAILURE", counts(), Verdict.BROKE, 1),
        ("FAILURE", counts(failed_first=1), Verdict.BROKE, 1),
        ("FAILURE", None, Verdict.BROKE, 1),
        ("A_NEW_WORD", counts(), Verdict.BROKE, 1),
        ("UNSTABLE", None, Verdict.UNSTABLE, 1),
        ("UNSTABLE", counts(), Verdict.UNSTABLE, 1),
        ("SUCCESS", counts(failed_first=1), Verdict.PASSED_ON_RERUN, 0),
        ("SUCCESS", counts(), Verdict.PASSED, 0),
        ("SUCCESS", None, Verdict.PASSED, 0),
    ],
)
def test_the_verdict_is_the_first_line_of_the_table_that_fits(build_result, report, verdict, code):
    assert verdict_for(build_result, report) == verdict
    assert exit_code(RunState.FINISHED, verdict) == code


@pytest.mark.parametrize(
    ("state", "code"), [(RunState.REFUSED, 2), (RunState.CANCELLED, 3), (RunState.UNKNOWN, 3)]
)
def test_runs_without_a_verdict_have_exit_codes_too(state, code):
    assert exit_code(state, "") == code


def item(**fields):
    return QueueItem(
        **({"queue_id": 7, "kind": "LeftItem", "why": None, "in_queue_since_ms": 0, "job": "qa/x",
            "has_left": True} | fields)
    )  # fmt: skip


def test_a_left_item_with_a_build_is_a_running_run():
    move = after_queue_item(item(build_number=12))
    assert (move.new, move.fields["build_number"]) == (RunState.RUNNING, 12)


def test_a_cancelled_item_is_a_cancelled_run():
    assert after_queue_item(item(is_cancelled=True)).new == RunState.CANCELLED


def test_a_left_item_that_is_neither_says_nothing_yet():
    assert after_queue_item(item()) is None
    assert after_queue_item(None) is None


def build(**fields):
    return Build(
        **({"number": 3, "build_id": "3", "queue_id": 7, "result": "SUCCESS",
            "is_building": False, "started_ms": 1, "duration_ms": 2000, "estimated_ms": None,
            "node": "", "is_kept": False} | fields)
    )  # fmt: skip


def test_an_early_result_does_not_end_a_build_that_still_runs():
    assert after_build(build(result="UNSTABLE", is_building=True)) is None


def test_a_build_that_ended_ends_its_run_with_jenkins_s_own_word():
    move = after_build(build(result="UNSTABLE"))
    assert move.new == RunState.FINISHED
    assert move.fields == {"build_result": "UNSTABLE", "duration_ms": 2000}


def test_nothing_leads_out_of_an_ended_state():
    assert {RunState.FINISHED, RunState.REFUSED, RunState.CANCELLED} == ENDED
    for state in ENDED:
        for new in RunState:
            with pytest.raises(IllegalMove):
                check_move(state, new)


def test_every_state_can_be_reached():
    reachable = {new for onward in MOVES.values() for new in onward} | {RunState.ACCEPTED}
    assert reachable == set(RunState)
