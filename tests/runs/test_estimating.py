"""The estimate of a run is that of its plan, not of whatever the job ran before."""

import pytest

from dashboard.runs.estimating import usual_ms
from dashboard.runs.states import RunState, Verdict
from tests.factories import make_job, make_run

pytestmark = pytest.mark.django_db


def ended(job, plan, seconds, verdict=Verdict.PASSED):
    return make_run(
        job, state=RunState.FINISHED, plan=plan, duration_ms=seconds * 1000, verdict=verdict
    )


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
