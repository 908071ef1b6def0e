"""Launches with a person's own token, or with the controller's account and its crumb."""

from __future__ import annotations

import json
import uuid
from contextlib import closing

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.controllers.accessing import give_token
from dashboard.launching.launching import launch_run
from dashboard.runs.models import SentHow
from dashboard.runs.states import RunState
from tests.controllers.people import BUILDS, READS, add_person
from tests.demo import follow, job_of, submit
from tests.factories import make_access, make_controller, make_job, make_user, signed_in
from tests.jenkins_api.raw_server import RawServer, reply

pytestmark = pytest.mark.django_db


def launch(job, owner=None, parameters=None):
    owner = owner or make_user()
    return launch_run(job=job, owner=owner, key=uuid.uuid4(), parameters=parameters)


def last_why(run):
    return run.events.last().why


def cancel(demo, run):
    demo.post(f"queue/cancelItem?id={run.queue_id}")
    follow(run, RunState.CANCELLED)


def test_it_goes_out_as_the_person(demo, connected):
    ana = make_user(username="ana")
    user, token = add_person(demo, *BUILDS)
    give_token(ana, connected, user=user, token=token)
    run = submit(launch(job_of(connected, "qa/gpu"), ana, {"TestPlanName": "own"}))
    assert run.state == RunState.QUEUED
    assert (run.sent_as, run.sent_how) == (user, SentHow.OWN)
    item = demo.get(f"queue/item/{run.queue_id}/api/json").json()
    causes = [cause for action in item["actions"] for cause in action.get("causes", [])]
    assert [cause["userId"] for cause in causes] == [user]
    page = signed_in(user=ana).get(f"/runs/{run.pk}/timeline/").content.decode()
    assert f"A worker sends it as {user}, with the person’s own token." in page
    cancel(demo, run)


def test_others_go_out_with_the_controllers_account(demo, connected):
    user, token = add_person(demo, *BUILDS)
    give_token(make_user(), connected, user=user, token=token)
    run = submit(launch(job_of(connected, "qa/gpu"), None, {"TestPlanName": "account"}))
    assert (run.sent_as, run.sent_how) == (demo.user, SentHow.ACCOUNT)
    cancel(demo, run)


def test_a_token_that_jenkins_refuses_is_the_persons_affair_alone(demo, connected):
    ana = make_user(username="ana")
    access = make_access(ana, connected, user="ana.moreau")
    run = submit(launch(job_of(connected, "qa/nightly"), ana))
    assert run.state == RunState.REFUSED
    why = last_why(run)
    assert f"the API token of ana.moreau that ana gave for {connected}" in why
    assert "changed in the profile" in why
    assert access.token not in why
    access.refresh_from_db()
    assert access.trouble == f"Jenkins did not accept it for run {run.pk}."
    connected.refresh_from_db()
    assert not connected.is_away
    assert connected.failures == 0


def test_what_the_person_may_not_do_is_said_with_their_name(demo, connected):
    ana = make_user()
    user, token = add_person(demo, *READS)
    give_token(ana, connected, user=user, token=token)
    run = submit(launch(job_of(connected, "qa/nightly"), ana))
    assert run.state == RunState.REFUSED
    assert f"Jenkins does not allow this to {user}" in last_why(run)


def test_the_form_says_as_whom_it_goes_out(demo, connected):
    ana = make_user()
    job = job_of(connected, "qa/nightly")
    user, token = add_person(demo, *BUILDS)
    for path in (f"/jobs/{job.pk}/", f"/jobs/{job.pk}/launch/"):
        assert f">{demo.user}</b>" in signed_in(user=ana).get(path).content.decode()
    give_token(ana, connected, user=user, token=token)
    for path in (f"/jobs/{job.pk}/", f"/jobs/{job.pk}/launch/"):
        page = signed_in(user=ana).get(path).content.decode()
        assert f">{user}</b>, with <a" in page
        assert "your own token" in page


@pytest.mark.parametrize("name", ["qa/regression", "qa/nightly"])
def test_launch_is_off_where_nobody_may_build_and_says_who_may_not(demo, connected, name):
    ana, job = make_user(), job_of(connected, name)
    connected.may_build = False
    connected.save()
    why = f"{connected.user} lacks Job/Build on {connected}."
    pages = {
        f"/jobs/{job.pk}/launch/": 'data-busy="Launching…"',
        f"/jobs/{job.pk}/": f'href="/jobs/{job.pk}/launch/"' if job.parameters else "Launching…",
        f"/jobs/?q={name}": f'href="/jobs/{job.pk}/launch/"',
    }
    for page, way in pages.items():
        html = signed_in(user=ana).get(page).content.decode()
        assert why in html
        assert way not in html
    make_access(ana, connected)
    for page, way in pages.items():
        assert way in signed_in(user=ana).get(page).content.decode()


def test_a_list_of_jobs_asks_once_whether_one_launches_as_oneself(
    connected, django_assert_num_queries
):
    client = signed_in(user=make_user())
    connected.may_build = False
    connected.save()
    with CaptureQueriesContext(connection) as asked:
        client.get("/jobs/")
    for _ in range(20):
        make_job(connected)
    with django_assert_num_queries(len(asked)):
        client.get("/jobs/")


def test_with_a_password_the_crumb_is_a_line_of_the_timeline(demo, connected):
    user, _ = add_person(demo, *BUILDS, password="hunter2")  # noqa: S106  made up for this test
    connected.user, connected.token, connected.by_password = user, "hunter2", True
    connected.save()
    run = submit(launch(job_of(connected, "qa/gpu"), None, {"TestPlanName": "crumb"}))
    assert run.state == RunState.QUEUED
    assert last_why(run) == f"{user} signs in with a password, so a crumb went with the launch."
    cancel(demo, run)


def test_a_renewed_crumb_is_one_too():
    crumb = json.dumps({"crumb": "c", "crumbRequestField": "Jenkins-Crumb"}).encode()
    stale = reply(403, b"<p>No valid crumb was included in the request", kind="text/html")
    taken = reply(201, b"", "Location: http://127.0.0.1/queue/item/7/")
    server = RawServer(reply(200, crumb), stale, reply(200, crumb), taken)
    controller = make_controller(
        url=server.url, by_password=True, session="s", answered_at=timezone.now()
    )
    run = submit(launch(make_job(controller, parameters=[])))
    server.close()
    assert (run.state, run.queue_id) == (RunState.QUEUED, 7)
    assert last_why(run).startswith("Jenkins did not accept the first crumb: it was renewed")
    assert len(server.requests) == 4


def test_a_password_that_was_given_as_a_token_is_said_where_it_is_kept():
    ana = make_user()
    crumb = reply(403, b"<p>No valid crumb was included in the request", kind="text/html")
    with closing(RawServer(crumb)) as server:
        controller = make_controller(url=server.url, session="s", answered_at=timezone.now())
        access = make_access(ana, controller)
        run = submit(launch(make_job(controller), ana, {"TestPlanName": "smoke"}))
    assert run.state == RunState.REFUSED
    assert f"does not accept the API token of {access.user}" in last_why(run)
    access.refresh_from_db()
    assert access.trouble
