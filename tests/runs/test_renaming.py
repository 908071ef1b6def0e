"""A job that is renamed in Jenkins takes its runs along."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.states import RunState
from tests.demo import conclude, follow, job_of, sweep_once
from tests.factories import make_controller, make_job, make_run
from tests.jenkins_api.raw_server import reply
from tests.runs.test_following import launch, whys

pytestmark = pytest.mark.django_db

MOVED = "http://ci/job/qa/job/new/"
NO_QUEUE = {"items": []}
NO_EXECUTORS = {"computer": [], "busyExecutors": 0, "totalExecutors": 2}


def answers(*each):
    session = "X-Jenkins-Session: s"
    return (reply(200, json.dumps(answer).encode(), session) for answer in each)


@contextmanager
def quieting(demo):
    demo.post("quietDown")
    try:
        yield
    finally:
        demo.post("cancelQuietDown")


def said_of(run):
    run.refresh_from_db()
    return run.state, run.job.full_name, run.build_number


def test_a_run_that_waits_goes_along_to_its_verdict(demo, connected):
    demo.make_job("old-name", "echo built as the new one")
    sync_catalogue(connected)
    with quieting(demo):
        run = launch(job_of(connected, "old-name"))
        sweep_once(connected)
        demo.post("job/old-name/confirmRename", data={"newName": "new-name"})
    assert conclude(run).verdict == "passed"
    assert run.job == job_of(connected, "new-name")
    assert run.console_bytes
    assert whys(run).count("The job old-name is called new-name in Jenkins now.") == 1


def test_its_new_job_is_the_one_that_the_catalogue_reads_next(demo, connected):
    demo.make_job("asks", "true", parameters=("TestPlanName",))
    sync_catalogue(connected)
    with quieting(demo):
        run = launch(job_of(connected, "asks"))
        demo.post("job/asks/confirmRename", data={"newName": "asks-anew"})
        sweep_once(connected)
    job = job_of(connected, "asks-anew")
    assert (job.kind, job.parameters) == (run.job.kind, run.job.parameters)
    connected.refresh_from_db()
    assert connected.catalogue_due_at <= timezone.now()
    follow(run, RunState.FINISHED)
    sync_catalogue(connected)
    assert job_of(connected, "asks").gone_at
    assert not job_of(connected, "asks-anew").gone_at


@pytest.mark.parametrize(("session", "job", "number"), [("s", "qa/new", 3), ("", "qa/old", None)])
def test_one_that_left_the_queue_in_between_is_found_by_its_item(raw, session, job, number):
    """Where a proxy takes the session away, Jenkins may have given the id out again."""
    left = {"_class": "hudson.model.Queue$LeftItem", "id": 7, "cancelled": False}
    item = left | {"task": {"url": MOVED}, "executable": {"number": 3}}
    build = {"number": 3, "id": "3", "queueId": 7, "timestamp": 1, "duration": 5}
    ended = build | {"result": "SUCCESS", "building": False}
    server = raw(*answers(NO_QUEUE, NO_EXECUTORS, item, ended))
    controller = make_controller(url=server.url)
    old = make_job(controller, full_name="qa/old")
    run = make_run(old, state=RunState.QUEUED, queue_id=7, queue_session=session)
    sweep_once(controller)
    state = RunState.FINISHED if session else RunState.QUEUED
    assert said_of(run) == (state, job, number)
    asked = b"/job/qa/job/new/3/api/json" if session else b"/job/qa/job/old/api/json"
    assert b"GET " + asked in server.requests[-1]


WAITS = {"items": [{"id": 7, "task": {"url": MOVED}, "_class": "hudson.model.Queue$BuildableItem"}]}
RUNS = {"number": 3, "url": f"{MOVED}3/", "queueId": 7, "timestamp": 1_795_545_233_540}
RUNNING = {
    "computer": [{"numExecutors": 1, "executors": [{"currentExecutable": RUNS}]}],
    "busyExecutors": 1,
    "totalExecutors": 1,
}


@pytest.mark.parametrize(("queue", "executors"), [(WAITS, NO_EXECUTORS), (NO_QUEUE, RUNNING)])
def test_a_strangers_item_or_build_with_its_queue_id_is_not_its_own(raw, queue, executors):
    gone = reply(404, b"Not Found", kind="text/html")
    controller = make_controller(url=raw(*answers(queue, executors), gone).url)
    old = make_job(controller, full_name="qa/old")
    run = make_run(old, state=RunState.QUEUED, queue_id=7, queue_session="")
    sweep_once(controller)
    assert said_of(run) == (RunState.QUEUED, "qa/old", None)


@pytest.mark.parametrize("started_ms", [1_795_545_233_540, 1_795_545_999_999])
def test_one_that_runs_goes_with_a_folder_if_it_is_the_very_build(raw, started_ms):
    run_started_ms = 1_795_545_233_540
    executable = {"number": 3, "url": f"{MOVED}3/", "queueId": 7, "timestamp": started_ms}
    computer = {"numExecutors": 1, "executors": [{"currentExecutable": executable}]}
    executors = {"computer": [computer], "busyExecutors": 1, "totalExecutors": 1}
    gone = reply(404, b"Not Found", kind="text/html")
    controller = make_controller(url=raw(*answers(NO_QUEUE, executors), gone).url)
    run = make_run(
        make_job(controller, full_name="qa/old"),
        queue_id=7, queue_session="s", build_number=3, build_id="3",
        started_at=as_datetime(run_started_ms),
    )  # fmt: skip
    sweep_once(controller)
    is_same = started_ms == run_started_ms
    assert said_of(run) == (RunState.RUNNING, "qa/new" if is_same else "qa/old", 3)
    assert (Run.objects.get(pk=run.pk).missed_at is None) == is_same


def test_it_is_joined_to_a_run_that_adopted_the_build_there(raw):
    gone = reply(404, b"Not Found", kind="text/html")
    controller = make_controller(url=raw(*answers(NO_QUEUE, RUNNING), gone).url)
    old, new = (make_job(controller, full_name=f"qa/{name}") for name in ("old", "new"))
    started_at = as_datetime(RUNS["timestamp"])
    same = {"queue_id": 7, "queue_session": "s", "build_number": 3, "started_at": started_at}
    adopted, run = (make_run(job, build_id="3", **same) for job in (new, old))
    sweep_once(controller)
    assert said_of(run) == (RunState.RUNNING, "qa/new", 3)
    assert run.joined_to == adopted
