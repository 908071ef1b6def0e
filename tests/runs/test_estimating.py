"""The estimate of a run is that of its plan, not of whatever the job ran before."""

import pytest

from dashboard.runs.estimating import usual_ms
from dashboard.runs.states import RunState, Verdict
from tests.factories import make_job, make_run

pytestmark = pytest.mark.django_db


def ended(job, plan, seconds, verdict=Verdict.PASSED, **fields):
    fields |= {"plan": plan, "duration_ms": seconds * 1000, "verdict": verdict}
    return make_run(job, state=RunState.FINISHED, **fields)


def test_a_plan_that_never_ran_has_no_estimate():
    job = make_job()
    ended(job, "smoke", 3)
    assert usual_ms(make_run(job, plan="long")) is None


def test_it_is_the_median_of_the_plan_s_last_runs():
    job = make_job()
    for seconds in (900, 60, 61, 62, 63, 64, 65, 66):  # the first is too long ago
        ended(job, "long", seconds)
    ended(job, "long", 1, verdict=Verdict.ABORTED)
    assert usual_ms(make_run(job, plan="long")) == 63_000


def test_joined_runs_count_no_build_twice():
    job = make_job()
    ended(job, "long", 1)
    last = ended(job, "long", 9)
    for _ in range(3):
        ended(job, "long", 9, joined_to=last)
    assert usual_ms(make_run(job, plan="long")) == 5_000
