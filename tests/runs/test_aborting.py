"""Aborts teach whether our account may cancel: Jenkins tells it in no other way."""

from __future__ import annotations

import uuid

import pytest

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.connecting import client_for
from dashboard.controllers.models import Controller
from dashboard.launching.launching import launch_run
from dashboard.runs.aborting import abort_at_once, ask_abort
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.controllers.people import READS, add_person
from tests.demo import follow, job_of, submit
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def weak(demo, connected) -> Controller:
    """The controller, with an account that may only read."""
    user, token = add_person(demo, *READS)
    weak = Controller.objects.get(pk=connected.pk)
    weak.user, weak.token = user, token
    return weak


def waiting(controller: Controller) -> Run:
    """A run that waits in Jenkins's queue for an agent that it does not have."""
    job = job_of(controller, "qa/gpu")
    parameters = {one["name"]: "render" for one in job.parameters} or None
    run = launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters)
    return submit(run)


def running(demo, controller: Controller) -> Run:
    """A run whose build goes on until it is stopped."""
    name = f"goes-on-{uuid.uuid4().hex[:8]}"
    demo.make_job(name, "sleep 600")
    sync_catalogue(controller)
    job = job_of(controller, name)
    run = launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=None)
    return follow(submit(run), RunState.RUNNING)


def may_cancel_after_abort(run: Run) -> bool | None:
    ask_abort(run, who=run.owner)
    abort_at_once(run.pk)
    return Controller.objects.get(pk=run.controller_id).may_cancel


def test_a_queue_item_that_was_cancelled_tells_it(connected):
    assert may_cancel_after_abort(waiting(connected)) is True


def test_a_build_that_was_stopped_tells_it(demo, connected):
    assert may_cancel_after_abort(running(demo, connected)) is True


def test_a_refused_cancel_tells_it(connected, weak):
    run = waiting(connected)
    weak.save()
    assert may_cancel_after_abort(run) is False
    assert "Job/Cancel is missing" in run.events.last().why
    with client_for(connected) as jenkins:
        assert jenkins.cancel_queue_item(run.queue_id)


def test_a_refused_stop_tells_it(demo, connected, weak):
    run = running(demo, connected)
    weak.save()
    assert may_cancel_after_abort(run) is False
    assert "Job/Cancel is missing" in run.events.last().why
    with client_for(connected) as jenkins:
        jenkins.stop_build(run.job.full_name, run.build_number)
