"""Whatever dies or stalls between a claim and its answer: nothing lost, nothing twice, all told."""

import socket
import uuid
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from dashboard.controllers.models import Controller
from dashboard.launching import submitting
from dashboard.launching.launching import launch_run
from dashboard.launching.settling import adopt_build, send_again
from dashboard.launching.timing import settle_what_time_decides
from dashboard.runs.aborting import ask_abort
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState
from jenkins_api import QueueItemRef
from tests.demo import job_of, submit, sweep_once
from tests.factories import make_controller, make_job, make_run, make_user, write_console

pytestmark = pytest.mark.django_db


def launch(job, **fields):
    parameters = {"TestPlanName": "smoke", "NoOfReruns": "0"}
    return launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters, **fields)


def whys(run):
    return [event.why for event in run.events.all()]


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def stalled(**fields):
    """A run whose worker outlived its lease, and that worker's own view of it."""
    run = make_run(state=RunState.SUBMITTING, lease_until=ago(1), build_number=None, **fields)
    worker = Run.objects.select_related("controller", "job").get(pk=run.pk)
    settle_what_time_decides()
    run.refresh_from_db()
    assert run.state == RunState.UNKNOWN
    return run, worker


@pytest.fixture
def silent():
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_a_launch_waits_where_its_controller_is_known_to_be_silent(silent):
    controller = make_controller(url=silent, session="s", unreachable_since=timezone.now())
    run = submit(launch(make_job(controller)))
    assert run.state == RunState.ACCEPTED
    assert len(whys(run)) == 1


def test_an_answer_that_comes_after_the_lease_is_told():
    run, worker = stalled()
    submitting._take(worker, QueueItemRef(77, created=True, status=201))
    run.refresh_from_db()
    assert run.state == RunState.UNKNOWN
    assert whys(run)[-1].endswith("Jenkins took it: 201, queue item 77.")


def test_a_worker_that_wakes_up_does_not_write_into_the_second_sending():
    run, worker = stalled()
    send_again(run, who=run.owner)
    soon = timezone.now() + timedelta(seconds=60)
    run.move_to(RunState.SUBMITTING, why="the second worker", lease_until=soon)
    submitting._take(worker, QueueItemRef(77, created=True, status=201))
    submitting._take(run, QueueItemRef(78, created=True, status=201))
    run.refresh_from_db()
    assert (run.state, run.queue_id) == (RunState.QUEUED, 78)
    assert any("queue item 77" in why for why in whys(run))


def test_a_launch_whose_passwords_are_gone_is_called_off_in_words():
    run = launch(make_job(), secret_values={"ApiKey": "hunter2"})
    RunSecrets.objects.all().delete()
    run = submit(run)
    assert run.state == RunState.CANCELLED
    assert whys(run)[-1].startswith("Not sent: its passwords are no longer kept.")


def test_a_token_that_no_key_reads_is_no_lost_answer():
    controller = make_controller(session="s")
    strange = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
    Controller.objects.filter(pk=controller.pk).update(token_encrypted=strange)
    run = submit(launch(make_job(Controller.objects.get(pk=controller.pk))))
    assert run.state == RunState.CANCELLED
    assert "RUNBOARD_KEYS" in whys(run)[-1]
    sweep_once(controller)
    controller.refresh_from_db()
    assert "RUNBOARD_KEYS" in controller.trouble


def test_sending_again_forgets_what_the_run_was_taken_for():
    run = make_run(state=RunState.RUNNING, missed_at=ago(99), node="linux-1", build_id="7")
    write_console(run, b"old build\n" * 5)
    run.move_to(RunState.UNKNOWN, why="its build is another one")
    send_again(run, who=run.owner)
    run = Run.objects.get(pk=run.pk)
    assert (run.console_offset, run.console_lines, run.build_number) == (0, 0, None)
    assert (run.started_at, run.missed_at, run.node) == (None, None, "")
    assert not run.console_chunks.exists()


def test_sending_again_is_not_called_off_by_an_abort_of_before():
    run = make_run(state=RunState.SUBMITTING, lease_until=ago(1), build_number=None)
    ask_abort(run, who=run.owner)
    settle_what_time_decides()
    run.refresh_from_db()
    send_again(run, who=run.owner)
    settle_what_time_decides()
    run.refresh_from_db()
    assert run.state == RunState.ACCEPTED


def test_a_wrong_number_typed_after_a_restart_leads_back(connected):
    job = job_of(connected, "qa/nightly")
    run = make_run(job, state=RunState.UNKNOWN, queue_session="an older one", build_number=None)
    sweep_once(connected)  # knows today's session
    run.controller.refresh_from_db()
    adopt_build(run, 99999, who=run.owner)
    sweep_once(connected)
    run.refresh_from_db()
    assert (run.state, run.build_number) == (RunState.UNKNOWN, None)
