"""The list of jobs, and the page of one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.controllers.models import Job
from dashboard.people.models import Role
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.factories import make_controller, make_job, make_run, make_user, signed_in

pytestmark = pytest.mark.django_db
JOBS = "/jobs/"
HTMX = {"HX-Request": "true"}


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def names_in(page: str) -> list[str]:
    return re.findall(r'class="name [^>]*title="([^"]*)"', page)


def make_many(jobs: int) -> None:
    """Jobs of one folder, each with a run."""
    controller, owner, now = make_controller(), make_user(), timezone.now()
    made = Job.objects.bulk_create(
        Job(controller=controller, full_name=f"many/job-{n:04}", kind="x") for n in range(jobs)
    )
    Run.objects.bulk_create(
        Run(job=job, controller=controller, owner=owner, not_after=now) for job in made
    )


def test_jobs_stand_by_controller_and_folder():
    eu, us = make_controller(name="eu"), make_controller(name="us")
    for controller, name in ((us, "qa/a"), (eu, "web/b"), (eu, "qa/z"), (eu, "qa/in/c"), (eu, "d")):
        make_job(controller, full_name=name)
    page = text_of(signed_in().get(JOBS))
    assert names_in(page) == ["d", "qa/z", "qa/in/c", "web/b", "qa/a"]
    headings = re.findall(r"<h2[^>]*>([^<]*)<", page)
    assert headings[:5] == ["No folder", "qa", "qa/in", "web", "qa"]


def test_names_that_differ_only_in_their_case_make_cards_of_their_own():
    for controller in (make_controller(name="demo"), make_controller(name="DEMO")):
        for name in ("qa/a", "QA/b", "qa/c", "QA/d"):
            make_job(controller, full_name=name)
    page = text_of(signed_in().get(JOBS))
    assert names_in(page) == 2 * ["QA/b", "QA/d", "qa/a", "qa/c"]


def test_a_job_shows_its_last_twelve_runs_newest_at_the_right():
    job = make_job()
    runs = [make_run(job, state=RunState.CANCELLED) for _ in range(14)]
    page = text_of(signed_in().get(JOBS))
    shown = [int(number) for number in re.findall(r'title="Cancelled, run (\d+)"', page)]
    assert shown == [run.pk for run in runs[2:]]


def test_a_job_links_to_its_form_unless_it_cannot_be_launched():
    open_job = make_job(full_name="qa/open")
    gone = make_job(full_name="qa/gone", gone_at=timezone.now() - timedelta(days=3))
    off = make_job(full_name="qa/off", is_disabled=True)
    page = text_of(signed_in().get(JOBS))
    assert f'href="/jobs/{open_job.pk}/launch/"' in page
    for job in (gone, off):
        assert f'href="/jobs/{job.pk}/"' in page
        assert f'href="/jobs/{job.pk}/launch/"' not in page
    assert 'title="Jenkins no longer has this job."' in page
    assert "Switched off in Jenkins" in page


def test_a_viewer_sees_why_there_is_no_way_to_launch():
    job = make_job()
    page = text_of(signed_in(Role.VIEWER).get(JOBS))
    assert f"/jobs/{job.pk}/launch/" not in page
    assert 'aria-disabled="true"' in page
    assert "ask an admin for the role tester" in page


def test_jobs_are_searched_by_name_and_description_and_counted():
    controller = make_controller()
    make_job(controller, full_name="qa/payments")
    make_job(controller, full_name="qa/other", description="Payments, nightly", is_disabled=True)
    make_job(controller, full_name="qa/search")
    page = text_of(signed_in().get(JOBS, {"q": "PAYMENTS"}))
    assert names_in(page) == ["qa/other", "qa/payments"]
    page = text_of(signed_in().get(JOBS, {"q": "payments", "show": "off"}))
    assert names_in(page) == ["qa/other"]
    assert 'value="payments"' in page


@pytest.mark.parametrize("query", [{"show": "nonsense"}, {"page": "-1"}, {"page": "x"}])
def test_bad_input_shows_all_jobs(query):
    make_job(full_name="qa/payments")
    assert names_in(text_of(signed_in().get(JOBS, query))) == ["qa/payments"]


def test_an_empty_list_says_what_to_do_next():
    client = signed_in()
    assert "Ask an admin to connect one." in text_of(client.get(JOBS))
    assert 'href="/controllers/connect/"' in text_of(signed_in(Role.ADMIN).get(JOBS))
    controller = make_controller(name="eu")
    assert "eu is being read" in text_of(client.get(JOBS))
    controller.refused_since, controller.trouble = timezone.now(), "The token was refused."
    controller.save()
    assert "The token was refused." in text_of(client.get(JOBS))
    make_job(controller)
    assert "Nothing has “xyz”" in text_of(client.get(JOBS, {"q": "xyz"}))


def test_a_plan_that_never_ran_is_said_and_goes_along():
    make_job(full_name="qa/regression")
    page = text_of(signed_in().get(JOBS, {"plan": "brand new & <b>"}))
    assert "No run of “brand new &amp; &lt;b&gt;” yet." in page
    assert "?TestPlanName=brand%20new%20%26%20%3Cb%3E" in page


def test_a_thousand_jobs_take_as_many_queries_as_two():
    make_many(2)
    client = signed_in()
    client.get(JOBS)  # the session is read once more the first time
    with CaptureQueriesContext(connection) as few:
        client.get(JOBS)
    make_many(1_000)
    with CaptureQueriesContext(connection) as many:
        page = text_of(client.get(JOBS))
    assert len(many) == len(few)
    assert len(names_in(page)) == 100
    assert "1 to 100 of 1002" in page
    assert names_in(text_of(client.get(JOBS, {"page": "11"}))) == ["many/job-0998", "many/job-0999"]


def test_hostile_names_are_escaped():
    job = make_job(full_name="qa/<script>alert(1)</script>", description='"><img src=x>')
    for path in (JOBS, f"/jobs/{job.pk}/", f"/jobs/{job.pk}/launch/"):
        page = text_of(signed_in().get(path))
        assert "<script>alert" not in page
        assert "<img src=x>" not in page


def test_a_job_tells_what_its_form_asks():
    parameters = [
        {"name": "TestPlanName", "kind": "StringParameterDefinition", "default": "smoke"},
        {"name": "Env", "kind": "ChoiceParameterDefinition", "choices": ["a", "b"]},
        {"name": "ApiKey", "kind": "PasswordParameterDefinition", "default": None},
        {"name": "RUNBOARD_ID", "kind": "StringParameterDefinition", "default": ""},
    ]
    job = make_job(parameters=parameters)
    page = text_of(signed_in().get(f"/jobs/{job.pk}/"))
    for words in ("TestPlanName", "choice of 2", "password"):
        assert words in page
    assert "RUNBOARD_ID" not in page


def test_a_plain_job_is_said_to_ask_for_nothing():
    job = make_job(parameters=[])
    page = text_of(signed_in().get(f"/jobs/{job.pk}/"))
    assert "Nothing: it is launched with one button." in page
    [form] = re.findall(
        rf'<form id="launch" hx-preserve method="post" action="/jobs/{job.pk}/launch/">.*?</form>',
        page,
    )
    assert re.findall(r'name="(\w+)"', form) == ["csrfmiddlewaretoken", "key"]
    assert f'href="/jobs/{job.pk}/launch/"' not in page


def test_the_runs_of_a_job_are_paged_newest_first():
    job, other = make_job(), make_run()
    runs = [make_run(job, state=RunState.CANCELLED) for _ in range(27)]
    client = signed_in()
    page = text_of(client.get(f"/jobs/{job.pk}/"))
    assert f'"/runs/{runs[26].pk}/"' in page
    assert f'"/runs/{other.pk}/"' not in page
    [before] = set(re.findall(r"\?before=(\d+)", page))
    older = client.get(f"/jobs/{job.pk}/", {"before": before}, headers=HTMX)
    fragment = text_of(older)
    assert "<html" not in fragment
    assert f'"/runs/{runs[0].pk}/"' in fragment
    assert f'"/runs/{runs[26].pk}/"' not in fragment
    assert "HX-Request" in older["Vary"]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40])
def test_a_nonsense_page_of_runs_is_no_error(before):
    job = make_run().job
    assert signed_in().get(f"/jobs/{job.pk}/", {"before": before}).status_code == 200


def test_more_runs_of_a_job_take_no_more_queries():
    job, client = make_job(), signed_in()
    make_run(job)
    client.get(f"/jobs/{job.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/jobs/{job.pk}/")
    for _ in range(20):
        make_run(job)
    with CaptureQueriesContext(connection) as many:
        client.get(f"/jobs/{job.pk}/")
    assert len(many) == len(few)


def test_a_job_that_is_not_there_or_not_visible_is_not_found():
    hidden = make_job(make_controller(is_enabled=False))
    client = signed_in()
    assert client.get("/jobs/999999/").status_code == 404
    assert client.get(f"/jobs/{hidden.pk}/").status_code == 404
    assert str(hidden) not in text_of(client.get(JOBS))


def test_signed_out_one_is_asked_to_sign_in():
    job = make_job()
    for path in (JOBS, f"/jobs/{job.pk}/"):
        assert Client().get(path).status_code == 302
        assert Client().get(path, headers=HTMX).status_code == 403
