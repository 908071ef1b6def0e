"""A finished run's report is read once, whatever Jenkins answers meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.celery import app
from dashboard.controllers.connecting import client_for
from dashboard.controllers.models import Controller
from dashboard.results import collecting, tasks
from dashboard.results.collecting import collect
from dashboard.results.models import TestCase
from dashboard.runs import reading
from dashboard.runs.concluding import conclude
from dashboard.runs.deciding import Counts
from dashboard.runs.models import Run
from dashboard.runs.states import RunState, Verdict
from tests.factories import make_controller, make_job, make_run
from tests.results.reports import ReportServer, case, matrix_report, report

pytestmark = pytest.mark.django_db

ONE_FAILED = Counts(total=3, failed=1, skipped=1, failed_first=1, reruns_used=2, every_time=True)


@pytest.fixture
def jenkins():
    server = ReportServer()
    yield server
    server.stop()


@pytest.fixture
def job(jenkins):
    return make_job(make_controller(url=jenkins.url))


def finished(job, **fields) -> Run:
    fields = {"build_result": "FAILURE", "finished_at": timezone.now()} | fields
    return make_run(job, state=RunState.FINISHED, **fields)


def collected(run: Run, later: timedelta = timedelta(0)) -> Run:
    with time_machine.travel(timezone.now() + later):
        collect(run.pk)
    return Run.objects.get(pk=run.pk)


def names(run: Run) -> list[str]:
    return [case.name for case in run.cases.all()]


def test_failed_cases_are_stored_first_with_message_and_trace(jenkins, job):
    jenkins.body = report(
        case("passes"),
        case("fails", "REGRESSION", errorDetails="1 != 2", errorStackTrace="test_cards.py:88"),
    )

    run = collected(finished(job))

    assert run.verdict == Verdict.TESTS_FAILED
    assert (run.has_report, run.tests_total, run.tests_failed) == (True, 2, 1)
    failed, passed = run.cases.all()
    assert (failed.name, failed.outcome) == ("fails", TestCase.Outcome.FAILED)
    assert (failed.message, failed.trace) == ("1 != 2", "test_cards.py:88")
    assert (passed.name, passed.outcome) == ("passes", TestCase.Outcome.PASSED)


def test_one_request_asks_for_the_report_with_a_tree(jenkins, job):
    run = finished(job)
    collect(run.pk)

    (asked,) = jenkins.asked
    folder, name = job.full_name.split("/")
    path = f"/job/{folder}/job/{name}/{run.build_number}/testReport/api/json"
    assert asked.startswith(f"{path}?tree=")


def test_attempts_of_one_case_are_one_row(jenkins, job):
    jenkins.body = report(case("flaky"), case("flaky"), case("flaky"))

    run = collected(finished(job, build_result="SUCCESS"))

    assert run.verdict == Verdict.PASSED_ON_RERUN
    assert (run.tests_total, run.tests_failed_first, run.reruns_used) == (1, 1, 2)
    assert names(run) == ["flaky"]


@pytest.mark.parametrize(
    ("on_linux", "build_result", "verdict", "failed"),
    [("PASSED", "SUCCESS", Verdict.PASSED, 0), ("FAILED", "UNSTABLE", Verdict.TESTS_FAILED, 1)],
)
def test_each_part_of_a_matrix_job_has_its_own_cases(
    jenkins, job, on_linux, build_result, verdict, failed
):
    jenkins.body = matrix_report(linux=[case("pays", on_linux)], mac=[case("pays")])

    run = collected(finished(job, build_result=build_result))

    assert (run.verdict, run.tests_total, run.tests_failed) == (verdict, 2, failed)
    assert (run.tests_failed_first, run.reruns_used) == (0, 0)
    assert [(stored.part, stored.attempts) for stored in run.cases.all()] == [
        ("OS=linux", 1), ("OS=mac", 1),
    ]  # fmt: skip


def test_without_a_report_the_result_decides(jenkins, job):
    jenkins.status = 404

    run = collected(finished(job))

    assert (run.verdict, run.has_report, run.tests_total) == (Verdict.BROKE, False, None)
    assert run.report_trouble == ""


@pytest.mark.parametrize(
    ("build_result", "verdict"), [("", Verdict.LOST), ("NOT_BUILT", Verdict.NOT_BUILT)]
)
def test_a_build_that_never_ran_is_not_asked_for_a_report(jenkins, job, build_result, verdict):
    run = collected(finished(job, build_result=build_result))

    assert (run.verdict, run.has_report) == (verdict, False)
    assert jenkins.asked == []


def test_a_second_delivery_does_nothing(jenkins, job):
    jenkins.body = report(case("fails", "FAILED"))
    run = collected(finished(job))

    assert collected(run, timedelta(hours=1)).version == run.version
    assert len(jenkins.asked) == 1
    assert names(run) == ["fails"]


def test_a_worker_that_comes_second_with_its_report_stores_nothing(jenkins, job):
    run = finished(job)
    slow_copy = Run.objects.get(pk=run.pk)
    jenkins.body = report(case("fails", "FAILED"))
    with client_for(job.controller) as client:
        slow_report = client.test_report(job.full_name, run.build_number)
    collect(run.pk)

    collecting.store(slow_copy, slow_report)

    assert names(run) == ["fails"]


def test_cases_that_a_crash_left_behind_are_written_over(jenkins, job):
    run = finished(job)
    for rank in range(3):
        TestCase.objects.create(run=run, rank=rank, name=f"before-{rank}", outcome="passed")
    jenkins.body = report(case("fails", "FAILED", errorDetails="1 != 2"), case("passes"))

    collect(run.pk)

    assert names(run) == ["fails", "passes"]
    first = run.cases.first()
    assert (first.outcome, first.message) == (TestCase.Outcome.FAILED, "1 != 2")


@pytest.mark.django_db(transaction=True)
def test_many_cases_are_written_in_short_transactions(jenkins, job):
    many = 2 * collecting.BATCH_CASES + 1
    jenkins.body = report(*(case(f"case-{number}") for number in range(many)))
    run = finished(job)

    with CaptureQueriesContext(connection) as asked:
        collect(run.pk)

    assert run.cases.count() == many
    asked_in_all = "\n".join(query["sql"] for query in asked.captured_queries)
    transactions = [text.split("COMMIT")[0] for text in asked_in_all.split("BEGIN")[1:]]
    batches = [text for text in transactions if 'INSERT INTO "results_testcase"' in text]
    assert len(batches) == 3
    assert not any("runs_run" in text for text in batches), "no lock of the run is held meanwhile"


def test_while_one_worker_asks_no_other_does(jenkins, job):
    jenkins.status = 500
    run = finished(job)
    collect(run.pk)
    collect(run.pk)

    assert len(jenkins.asked) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(500, "Oops"), (200, "<html>not json</html>"), (200, '{"suites": 7}')]
)
def test_a_report_that_cannot_be_read_is_tried_for_five_minutes(jenkins, job, status, body):
    jenkins.status, jenkins.body = status, body
    run = collected(finished(job))
    assert run.concluded_at is None
    assert collected(run, timedelta(minutes=4)).concluded_at is None

    run = collected(run, timedelta(minutes=6))

    assert (run.verdict, run.has_report) == (Verdict.BROKE, False)
    assert run.report_trouble
    noted = run.events.filter(why__startswith="The test report cannot be read yet")
    assert noted.count() == 1


def test_a_clear_no_is_not_asked_again(jenkins, job):
    jenkins.status = 403

    run = collected(finished(job))

    assert (run.verdict, run.has_report) == (Verdict.BROKE, False)
    assert run.report_trouble


def test_a_refused_token_says_nothing_of_the_report(jenkins, job):
    jenkins.status = 401

    assert collected(finished(job)).concluded_at is None


def test_while_a_controller_is_away_no_time_runs_out(jenkins, job):
    jenkins.status = 502
    run = collected(finished(job))
    Controller.objects.update(unreachable_since=timezone.now())
    collected(run, timedelta(minutes=10))
    Controller.objects.update(unreachable_since=None)

    assert collected(run, timedelta(minutes=20)).concluded_at is None


def test_a_report_that_can_be_read_in_time_counts(jenkins, job):
    jenkins.body = "<html>"
    run = collected(finished(job))
    jenkins.body = report(case("fails", "FAILED"))

    run = collected(run, timedelta(minutes=2))

    assert (run.verdict, run.tests_failed, run.report_trouble) == (Verdict.TESTS_FAILED, 1, "")


@pytest.mark.parametrize("status", [503, None])
def test_a_controller_that_is_away_is_waited_for(jenkins, job, status):
    if status is None:
        jenkins.stop()
    else:
        jenkins.status = status
    run = finished(job)

    for minutes in range(0, 60, 6):
        run = collected(run, timedelta(minutes=minutes))

    assert run.concluded_at is None
    assert run.events.count() == 0


def test_a_controller_known_to_be_away_is_not_asked(jenkins, job):
    Controller.objects.update(unreachable_since=timezone.now())
    run = collected(finished(job))
    assert (run.concluded_at, jenkins.asked) == (None, [])

    Controller.objects.update(unreachable_since=None)
    run = collected(run, timedelta(minutes=30))

    assert run.has_report


def test_a_disconnected_controller_is_not_asked(jenkins, job):
    run = finished(job)
    Controller.objects.update(is_enabled=False)
    assert (collected(run).concluded_at, jenkins.asked) == (None, [])

    Controller.objects.update(is_enabled=True)

    assert collected(run).has_report


def test_a_joined_run_waits_for_the_other_and_takes_over_its_verdict(jenkins, job):
    other = finished(job)
    run = finished(job, joined_to=other, build_number=other.build_number)
    assert collected(run).concluded_at is None

    conclude(other, ONE_FAILED)
    run = collected(run)

    assert run.verdict == other.verdict == Verdict.TESTS_FAILED
    for name in ("tests_total", "tests_failed", "tests_skipped", "tests_failed_first"):
        assert getattr(run, name) == getattr(other, name)
    assert (run.reruns_used, run.failed_every_time) == (2, True)
    assert jenkins.asked == []


def test_a_joined_run_says_that_the_other_had_no_report(jenkins, job):
    other = finished(job)
    run = finished(job, joined_to=other, build_number=other.build_number)
    conclude(other, None, trouble="no JSON")

    run = collected(run)

    assert (run.verdict, run.has_report, run.report_trouble) == (Verdict.BROKE, False, "no JSON")


def test_a_joined_run_whose_other_was_called_off_asks_itself(jenkins, job):
    other = make_run(job, state=RunState.CANCELLED)
    jenkins.body = report(case("fails", "FAILED"))

    run = collected(finished(job, joined_to=other))

    assert (run.verdict, names(run)) == (Verdict.TESTS_FAILED, ["fails"])


def test_hostile_text_is_stored_as_it_is(jenkins, job):
    jenkins.body = report(case("<script>alert(1)</script>", "FAILED", errorDetails="<b>"))

    run = collected(finished(job))

    (failed,) = run.cases.all()
    assert (failed.name, failed.message) == ("<script>alert(1)</script>", "<b>")


def test_text_that_a_database_would_refuse_is_replaced(jenkins, job):
    jenkins.body = report(case("nul \0 and half a pair \ud83d", "FAILED"))

    assert names(collected(finished(job))) == ["nul \ufffd and half a pair ?"]


def test_colour_codes_in_messages_are_taken_out(jenkins, job):
    coloured = "E   #x1B[94m12.6#x1B[39;49;00m != \x1b[1;31m12.61\x1b[0m"
    jenkins.body = report(case("fails", "FAILED", errorDetails=coloured, errorStackTrace=coloured))

    (failed,) = collected(finished(job)).cases.all()

    assert failed.message == failed.trace == "E   12.6 != 12.61"


def test_long_texts_are_cut_and_say_so(jenkins, job):
    long = "x" * (collecting.MOST_TEXT_CHARACTERS + 1)
    failed = case(long, "FAILED", className=long, errorDetails=long, errorStackTrace=long)
    jenkins.body = report(failed)

    (stored,) = collected(finished(job)).cases.all()

    assert (len(stored.name), len(stored.class_name)) == (1000, 500)
    for text in (stored.message, stored.trace):
        assert text == "x" * collecting.MOST_TEXT_CHARACTERS + collecting.CUT


def test_of_a_huge_report_the_failed_cases_are_kept(jenkins, job):
    most = collecting.MOST_CASES
    passed = [case(f"test_{n}") for n in range(most)]
    jenkins.body = report(*passed, case("fails", "FAILED"))

    run = collected(finished(job))

    assert (run.tests_total, run.tests_failed) == (most + 1, 1)
    assert run.cases.count() == most
    assert run.cases.first().name == "fails"


def tick() -> None:
    app.conf.task_always_eager = True
    try:
        tasks.tick()
    finally:
        app.conf.task_always_eager = False


def test_a_tick_concludes_what_is_due_and_nothing_else(jenkins, job):
    due = [finished(job) for _ in range(20)]
    running = make_run(job, state=RunState.RUNNING)
    asked_just_now = finished(job, due_at=timezone.now() + timedelta(seconds=10))
    held = finished(job, lease_until=timezone.now() + timedelta(seconds=10))

    tick()

    assert Run.objects.exclude(concluded_at=None).count() == len(due)
    for run in (running, asked_just_now, held):
        run.refresh_from_db()
        assert run.concluded_at is None


def test_reports_that_hang_take_few_workers(raw, jenkins, job, settings):
    settings.JENKINS_READ_TIMEOUT_S = 0.2
    sick = raw(lambda connection: connection.recv(1))  # until the client hangs up
    sick_jobs = [make_job(make_controller(url=sick.url)) for _ in range(2)]
    hung = [finished(each) for each in sick_jobs for _ in range(20)]
    assert len(collecting.due_few(timezone.now())) == reading.AT_ONCE
    tick()
    assert len(sick.requests) == reading.AT_ONCE, "after its silence no worker goes on with it"

    held_until = timezone.now() + timedelta(seconds=30)
    in_hand = [run.pk for run in (*hung[5:7], hung[-1])]  # the fourth place is free
    Run.objects.filter(pk__in=in_hand).update(lease_until=held_until)
    well = finished(job)
    assert collecting.due_few(timezone.now()) == [well.pk]


def test_a_report_that_cannot_be_read_keeps_no_place(jenkins, job):
    jenkins.status = 500
    for _ in range(reading.AT_ONCE):
        finished(job)
    tick()
    assert len(jenkins.asked) == reading.AT_ONCE

    jenkins.status = 200
    well = finished(job)
    tick()

    well.refresh_from_db()
    assert well.has_report
