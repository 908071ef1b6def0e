"""What ran before: a build is shown and counted once, however many launches it was made of."""

import pytest

from dashboard.launching.remembering import STRIP_CELLS, last_runs, plans_run_before, usual_time
from dashboard.runs.models import Run
from dashboard.runs.states import RunState, Verdict
from tests.factories import make_job, make_run

pytestmark = pytest.mark.django_db


def ended(job, **fields):
    fields = {"verdict": Verdict.PASSED, "duration_ms": 1000} | fields
    return make_run(job, state=RunState.FINISHED, **fields)


@pytest.fixture
def run():
    """The last run of a job; launches that Jenkins folded into it came after."""
    job = make_job()
    for _ in range(STRIP_CELLS):
        ended(job)
    run = ended(job, duration_ms=9000)
    for _ in range(STRIP_CELLS):
        ended(job, duration_ms=9000, joined_to=run)
    return run


def test_the_last_runs_of_a_job_are_those_with_a_build_of_their_own(run):
    shown = last_runs(run.owner, [run.job])[run.job_id]
    assert len(shown) == STRIP_CELLS
    assert shown[0] == run
    assert not any(each.joined_to_id for each in shown)


def test_the_usual_time_of_a_plan_counts_a_build_once(run):
    (plan,) = plans_run_before(Run.objects.all())
    assert len(plan.runs) == STRIP_CELLS
    assert plan.usual_time.total_seconds() == 1


def test_several_plans_have_no_usual_time(run):
    other = ended(run.job, duration_ms=60_000, plan="soak")
    assert usual_time([run, run]).total_seconds() == 9
    assert usual_time([run, other]) is None
