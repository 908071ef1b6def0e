"""One build with times that cannot be: its run ends, and so do those of the others."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from dashboard.runs.sweeping import sweep
from tests.factories import make_controller, make_job, make_run, signed_in
from tests.jenkins_api.raw_server import RawServer, reply

pytestmark = pytest.mark.django_db


def build(number, **odd):
    known = {"number": number, "id": str(number), "queueId": number, "timestamp": 1, "duration": 5}
    return known | {"result": "SUCCESS", "building": False} | odd


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamp": 2**62},
        {"duration": -1},
        {"duration": 2**63 - 1},
        {"result": "A_RESULT_OF_A_PLUGIN_LONGER_THAN_20"},
    ],
    ids=str,
)
def test_an_odd_build_ends_like_any_other(odd):
    executors = {"computer": [], "busyExecutors": 0, "totalExecutors": 2}
    answers = ({"items": []}, executors, build(7, **odd), build(8))
    server = RawServer(*(reply(200, json.dumps(answer).encode()) for answer in answers))
    controller = make_controller(url=server.url)
    job = make_job(controller)
    seen = {"started_at": None}
    runs = [make_run(job, build_number=number, queue_id=number, **seen) for number in (7, 8)]
    try:
        sweep(controller.pk)
    finally:
        server.close()
    for run in runs:
        run.refresh_from_db()
        assert run.state == "finished", [event.why for event in run.events.all()]
        assert len(run.build_result) <= 20  # as PostgreSQL would insist
        assert signed_in().get(run.get_absolute_url()).status_code == 200
    assert signed_in().get(reverse("runs:board")).status_code == 200


def test_a_pipeline_of_which_only_a_step_is_seen_keeps_its_start():
    step = {"number": 7, "url": "http://ci/job/nightly/7/", "timestamp": 42}  # no queueId
    computer = {"numExecutors": 1, "executors": [{"currentExecutable": step}]}
    executors = {"computer": [computer], "busyExecutors": 1, "totalExecutors": 1}
    server = RawServer(*(reply(200, json.dumps(each).encode()) for each in ({}, executors)))
    job = make_job(make_controller(url=server.url), full_name="nightly")
    run = make_run(job, build_number=7, queue_id=7, build_id="7")
    try:
        sweep(job.controller_id)
    finally:
        server.close()
    started_at = run.started_at
    run.refresh_from_db()
    assert (run.state, run.started_at, run.missed_at) == ("running", started_at, None)
