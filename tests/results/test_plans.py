"""Verdicts of real suites: what pytest and its plugins wrote, as a controller reports it."""

from __future__ import annotations

import uuid

import pytest

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller
from dashboard.launching.launching import launch_run
from dashboard.runs.models import Run
from dashboard.runs.states import Verdict
from tests.demo import conclude, job_of, submit
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def run_job(controller: Controller, name: str, parameters: dict[str, str] | None) -> Run:
    job = job_of(controller, name)
    return conclude(
        submit(launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters))
    )


def run_plan(controller: Controller, plan: str, reruns: int) -> Run:
    parameters = {"TestPlanName": plan, "NoOfReruns": str(reruns)}
    return run_job(controller, "qa/regression", parameters)


@pytest.mark.parametrize("plan", ["flaky", "flaky-bare"])
def test_a_flaky_plan_passes_only_with_reruns(connected, plan):
    without = run_plan(connected, plan, reruns=0)
    with_two = run_plan(connected, plan, reruns=2)

    assert without.verdict == Verdict.TESTS_FAILED
    assert (without.reruns_used, without.failed_every_time) == (0, False)
    assert with_two.verdict == Verdict.PASSED_ON_RERUN
    assert 1 <= with_two.reruns_used <= 2
    assert with_two.tests_total == without.tests_total


def test_a_failing_plan_failed_every_time_and_says_why(connected):
    run = run_plan(connected, "failing", reruns=1)

    assert (run.verdict, run.build_result) == (Verdict.TESTS_FAILED, "FAILURE")
    assert (run.failed_every_time, run.reruns_used) == (True, 1)
    failed = run.cases.filter(outcome="failed")
    assert failed.count() == run.tests_failed > 1
    assert all(case.message and case.trace for case in failed)


@pytest.mark.parametrize(
    ("plan", "verdict"),
    [
        ("smoke", Verdict.PASSED),
        ("unstable", Verdict.TESTS_FAILED),
        ("broken", Verdict.BROKE),
    ],
)
def test_each_plan_has_its_verdict(connected, plan, verdict):
    assert run_plan(connected, plan, reruns=0).verdict == verdict


def test_a_report_that_is_no_xml_is_one_failed_case_that_says_so(demo, connected):
    demo.make_job("no-xml", "echo '<testsuite' > report.xml", junit="report.xml")
    sync_catalogue(connected)

    run = run_job(connected, "no-xml", None)

    assert run.verdict == Verdict.TESTS_FAILED
    (case,) = run.cases.all()
    assert "Failed to read test report file" in case.trace
