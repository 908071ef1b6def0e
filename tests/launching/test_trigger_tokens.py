"""Launches without a user, by a job's trigger token. Against a demo controller."""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

import pytest
from cryptography.fernet import Fernet

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.launching.launching import launch_run
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import conclude, submit
from tests.factories import make_user, signed_in

pytestmark = pytest.mark.django_db
TRIGGER_TOKEN = "open-sesame & more"  # noqa: S105  of a job that exists in tests only
JOBS = {"triggered-plain": (), "triggered": ("TestPlanName",)}  # their parameters


@pytest.fixture
def make_job(demo, connected):
    """Make a job that Jenkins lets anybody start who knows its token; our row has ``token``."""

    def make(name, token=TRIGGER_TOKEN):
        if demo.get(f"job/{name}/api/json").status_code == 404:
            secret = f"<authToken>{escape(TRIGGER_TOKEN)}</authToken>"
            demo.make_job(name, "true", parameters=JOBS[name], more=secret)
        sync_catalogue(connected)
        job = connected.jobs.get(full_name=name)
        job.trigger_token = token
        job.save()
        return job

    return make


def launch(job, parameters=None) -> Run:
    owner = make_user(username=f"ana-{uuid.uuid4()}")
    return launch_run(job=job, owner=owner, key=uuid.uuid4(), parameters=parameters)


def whys(run: Run) -> list[str]:
    return [event.why for event in run.events.all()]


def test_a_token_that_no_key_reads_sends_nothing(demo, make_job):
    job = make_job("triggered-plain")
    other_key = Fernet(Fernet.generate_key())
    job.trigger_token_encrypted = other_key.encrypt(b"open sesame").decode()
    job.save()
    run = submit(launch(job))
    assert run.state == RunState.CANCELLED
    assert whys(run)[-1].startswith("Not sent:")


def test_a_parameter_that_the_plugin_takes_for_its_own_is_not_sent(demo, make_job):
    run = submit(launch(make_job("triggered"), {"TestPlanName": "smoke", "job": "mine"}))
    assert run.state == RunState.CANCELLED
    assert whys(run)[-1] == "Not sent: no parameter can be named job in this call."


@pytest.mark.parametrize(
    ("name", "parameters"), [("triggered-plain", None), ("triggered", {"TestPlanName": "smoke"})]
)
def test_it_goes_out_without_a_user_and_names_the_person_as_cause(
    demo, make_job, name, parameters, caplog
):
    run = submit(launch(make_job(name), parameters))
    assert run.state == RunState.QUEUED
    assert (run.sent_how, run.sent_as) == ("trigger", "")
    assert whys(run)[-2:] == [
        "A worker sends it with the job’s trigger token, without a user.",
        f"Jenkins took it: 201, queue item {run.queue_id}.",
    ]
    assert conclude(run).verdict == "passed"
    [cause] = run.build_causes
    assert f"{run.owner} via Runboard" in cause
    pages = [signed_in().get(f"/runs/{run.pk}/{tab}").content.decode() for tab in ("", "timeline/")]
    assert "with the job’s trigger token, without a user" in pages[1]
    assert all(TRIGGER_TOKEN not in text for text in (*pages, *whys(run), caplog.text))


def test_an_equal_launch_that_waits_already_is_joined(connected, make_job):
    connected.launch_delay_s = 3
    connected.save()
    job = make_job("triggered")
    first, second = (submit(launch(job, {"TestPlanName": "same"})) for _ in range(2))
    assert second.joined_to == first
    assert "303" in whys(second)[-1]
    conclude(first)
    assert conclude(second).verdict == "passed"


def test_a_wrong_token_is_refused_in_words(connected, make_job):
    run = submit(launch(make_job("triggered-plain", token="wrong")))  # noqa: S106  made up for this test
    assert run.state == RunState.REFUSED
    assert whys(run)[-1].startswith("Jenkins does not accept the trigger token")
    connected.refresh_from_db()
    assert not connected.is_away


def test_a_job_without_a_token_or_the_plugin_is_refused_in_words(connected):
    job = connected.jobs.get(full_name="qa/nightly")
    job.trigger_token = TRIGGER_TOKEN
    job.save()
    run = submit(launch(job))
    assert run.state == RunState.REFUSED
    assert "plugin Build Authorization Token Root is missing" in whys(run)[-1]
