"""The switch of a job, and who used it. Against a demo controller."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller, Job
from dashboard.launching.launching import launch_run
from dashboard.people.models import Role
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import Demo, follow, job_of, submit
from tests.factories import make_controller, make_job, make_user, signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
READER = ["hudson.model.Hudson.Read", "hudson.model.Item.Read"]


@pytest.fixture
def job(demo: Demo, connected: Controller) -> Job:
    """A job of one test, on again whatever the test before it did."""
    if demo.get("job/switched/api/json").status_code == 404:
        demo.make_job("switched", "true", parameters=("TestPlanName",))
    demo.post("job/switched/enable")
    sync_catalogue(connected)
    return job_of(connected, "switched")


def is_off_in_jenkins(demo: Demo, name: str = "switched") -> bool:
    return demo.get(f"job/{name}/api/json").json()["disabled"]


def switch(job: Job, to: str, why: str = "moving <b>house", client: Client | None = None):
    client = client or signed_in(user=make_user(Role.ADMIN, username=f"priya-{uuid.uuid4()}"))
    return client.post(f"/jobs/{job.pk}/switch/", {"to": to, "why": why})


def queued_run(job: Job) -> Run:
    """A run that waits in Jenkins's queue for a minute."""
    job.controller.launch_delay_s = 60
    job.controller.save()
    parameters = {"TestPlanName": "smoke"}
    run = launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters)
    assert submit(run).state == RunState.QUEUED
    return run


def test_off_and_on_again_with_who_and_why(demo, job):
    assert switch(job, "off").status_code == 303
    assert is_off_in_jenkins(demo)
    job.refresh_from_db()
    assert job.is_disabled
    for path in (f"/jobs/{job.pk}/", "/jobs/"):
        page = signed_in(Role.VIEWER).get(path).content.decode()
        assert "priya-" in page
        assert "moving &lt;b&gt;house" in page
        assert "<b>house" not in page
    assert switch(job, "on", "moved").status_code == 303
    assert not is_off_in_jenkins(demo)
    assert [(was.is_on, was.why) for was in job.switches.all()] == [
        (True, "moved"),
        (False, "moving <b>house"),
    ]
    page = signed_in(Role.VIEWER).get("/jobs/").content.decode()
    assert "house" not in page


def test_a_switch_whose_answer_was_lost_is_read_back_and_noted(demo, job):
    demo.fault("close-after-accept", path="disable")
    assert switch(job, "off", "answer lost").status_code == 303
    assert is_off_in_jenkins(demo)
    job.refresh_from_db()
    assert job.is_disabled
    assert [was.why for was in job.switches.all()] == ["answer lost"]


def test_a_switch_that_cannot_be_read_back_is_not_known_and_keeps_the_reason(demo, job):
    demo.fault("close-after-accept", path="job/switched", count=2)  # the switch, then its reading
    answer = switch(job, "off", "kept in the form")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Not known yet. Jenkins was told" in page
    assert 'value="kept in the form"' in page
    assert not job.switches.exists()
    assert Controller.objects.catalogue_due(timezone.now()).exists()


def test_a_switch_that_was_lost_on_its_way_is_not_said_to_be_impossible(demo, job):
    demo.fault("html", path="disable")
    page = switch(job, "off").content.decode()
    assert "Not switched. Jenkins left it on. This is no answer of Jenkins" in page
    assert not is_off_in_jenkins(demo)
    assert not job.switches.exists()


def test_one_who_was_slower_reads_who_switched_it_meanwhile_before_doing_so_too(job):
    client = signed_in(Role.ADMIN)

    def seen_in(answer) -> str:
        return re.search(r'name="seen" value="(\d+)"', answer.content.decode())[1]

    def press(seen: str):
        sent = {"to": "off", "why": "second", "seen": seen}
        return client.post(f"/jobs/{job.pk}/switch/", sent)

    seen = seen_in(client.get(f"/jobs/{job.pk}/switch/"))
    switch(job, "off", "first")
    answer = press(seen)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "switched it off meanwhile: first." in page
    assert 'value="second"' in page
    assert [was.why for was in job.switches.all()] == ["first"]
    assert press(seen_in(answer)).status_code == 303
    assert [was.why for was in job.switches.all()] == ["second", "first"]


def test_what_waits_is_named_before_and_ends_with_the_switch_as_its_reason(job):
    run = queued_run(job)
    for headers in ({}, HTMX):
        question = signed_in(Role.ADMIN).get(f"/jobs/{job.pk}/switch/", headers=headers)
        assert f"queue item {run.queue_id}" in question.content.decode()
        assert ("<html" in question.content.decode()) == (headers == {})
    switch(job, "off")
    follow(run, RunState.CANCELLED)
    last = run.events.last()
    assert last.why.startswith("Job switched off by priya-")
    assert last.why.endswith(": moving <b>house")
    page = signed_in().get(f"/runs/{run.pk}/timeline/").content.decode()
    assert page.count("moving &lt;b&gt;house") >= 2  # above the tabs, and in the ledger


def test_one_who_aborts_a_run_of_a_job_that_is_off_is_its_reason(job):
    run = queued_run(job)
    job.switches.create(is_on=False, why="x", who=make_user(Role.ADMIN))
    Run.objects.filter(pk=run.pk).update(abort_asked_at=timezone.now(), abort_asked_by=run.owner)
    follow(run, RunState.CANCELLED)
    assert run.events.last().why == f"Cancelled in Jenkins's queue, as {run.owner} asked."


def test_jenkins_s_own_switch_is_not_called_ours(demo, connected, job):
    demo.post("job/switched/disable")
    sync_catalogue(connected)
    page = signed_in(Role.VIEWER).get("/jobs/").content.decode()
    assert "Switched off in Jenkins" in page


def test_a_missing_permission_is_named(demo, job):
    made = demo.post("demo/user", data={"id": "reader", "permission": READER}).json()
    job.controller.user, job.controller.token = "reader", made["token"]
    job.controller.save()
    answer = switch(job, "off")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "reader lacks Job/Configure." in page
    assert "moving &lt;b&gt;house" in page  # what was typed is kept
    assert not is_off_in_jenkins(demo)
    assert not job.switches.exists()


def test_a_kind_without_a_switch_says_so_by_its_truth(connected):
    folder = make_job(connected, full_name="qa", kind="com.cloudbees.hudson.plugins.folder.Folder")
    answer = switch(folder, "off")
    assert answer.status_code == 409
    assert "cannot be switched" in answer.content.decode()
    assert not folder.switches.exists()


@pytest.mark.parametrize(
    ("fields", "of_controller", "why_not"),
    [
        ({"kind": "hudson.model.ExternalJob"}, {}, "has no switch"),
        ({}, {"may_configure": False}, "svc-qa lacks Job/Configure."),
        ({}, {"unreachable_since": timezone.now()}, "does not answer."),
    ],
)
def test_a_switch_that_cannot_be_used_says_why(fields, of_controller, why_not):
    job = make_job(make_controller(**of_controller), **fields)
    for path in (f"/jobs/{job.pk}/", "/jobs/"):
        page = signed_in(Role.ADMIN).get(path).content.decode()
        assert why_not in page
        assert f'href="/jobs/{job.pk}/switch/"' not in page
    answer = switch(job, "off")
    assert answer.status_code == 409
    assert why_not in answer.content.decode()


def test_a_controller_that_does_not_answer_is_said_and_nothing_is_noted():
    job = make_job()
    answer = switch(job, "off")
    assert answer.status_code == 409
    assert "Not switched." in answer.content.decode()
    assert not job.switches.exists()


@pytest.mark.parametrize(
    ("to", "why"), [("off", " "), ("sideways", "x"), ("", "x"), ("off", "x" * 501)]
)
def test_bad_input_switches_nothing(demo, job, to, why):
    assert switch(job, to, why).status_code == 422
    assert not is_off_in_jenkins(demo)


def test_a_reason_that_is_too_long_is_said_in_our_words(job):
    page = switch(job, "off", "x" * 501).content.decode()
    assert "This is too long: 500 characters at most." in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TESTER, Role.LEAD])
def test_only_admins_switch(job, role):
    client = signed_in(role)
    assert switch(job, "off", client=client).status_code == 403
    assert "Only admins switch jobs." in client.get(f"/jobs/{job.pk}/").content.decode()


def test_signed_out(job):
    assert switch(job, "off", client=Client())["Location"].startswith("/sign-in/")
