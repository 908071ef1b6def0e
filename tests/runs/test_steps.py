"""A Pipeline that runs and waits all the same: a step of it stands in the queue (contract 9.1)."""

from __future__ import annotations

import json
import time

import pytest

from dashboard.launching.watching import _how_it_stands
from dashboard.runs import board
from dashboard.runs.explaining import why_waiting
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import sweep_once
from tests.factories import make_controller, make_job, make_run, signed_in
from tests.jenkins_api.raw_server import reply

pytestmark = pytest.mark.django_db

WAITS = "A step of it waits for an agent."
BUILD = {
    "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
    "number": 12, "url": "http://ci/job/qa/job/pipe/12/", "queueId": 7, "building": True,
    "timestamp": 1_795_545_233_540, "estimatedDuration": 60_000, "result": None,
}  # fmt: skip
COMPUTER = {"numExecutors": 2, "oneOffExecutors": [{"currentExecutable": BUILD}]}
EXECUTORS = {"computer": [COMPUTER], "busyExecutors": 0, "totalExecutors": 2}


def step(queue_id=99, *, since_ms=1, build=12, **fields):
    """A node step of build 12 in the queue; ``since_ms`` on Jenkins's clock."""
    task = "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask"
    return {
        "_class": "hudson.model.Queue$BuildableItem", "id": queue_id, "buildable": True,
        "why": "There are no nodes with the label ‘gpu’", "stuck": False, "pending": False,
        "inQueueSince": since_ms, "buildableStartMilliseconds": since_ms,
        "task": {"_class": task, "name": "part of pipe", "url": f"job/qa/job/pipe/{build}/"},
    } | fields  # fmt: skip


def swept(raw, *queues):
    """A running Pipeline after one sweep for each of the ``queues`` that it finds."""
    known = json.dumps(BUILD | {"id": "12", "inProgress": True, "duration": 0}).encode()
    answers = [each for queue in queues for each in ({"items": queue}, EXECUTORS)]
    replies = [reply(200, json.dumps(answer).encode()) for answer in answers]
    server = raw(*replies[:2], reply(200, known), *replies[2:])
    controller = make_controller(name="eu", url=server.url)
    run = make_run(
        make_job(controller, full_name="qa/pipe"), state=RunState.QUEUED, queue_id=7,
        queue_kind="BuildableItem", queue_why="before it ran", queue_is_stuck=True,
    )  # fmt: skip
    for _ in queues:
        sweep_once(controller)
    assert len(server.requests) == 2 * len(queues) + 1  # its build, once
    return Run.objects.select_related("controller", "job").get(pk=run.pk)


def test_it_says_so_in_our_words_and_in_jenkins_s(raw):
    run = swept(raw, [step()])
    assert (run.state, why_waiting(run)) == (RunState.RUNNING, WAITS)
    for path in (run.get_absolute_url(), "/"):
        page = signed_in().get(path).content.decode()
        assert WAITS in page
        assert "There are no nodes with the label ‘gpu’" in page
    assert _how_it_stands(run).endswith(f"{WAITS} Jenkins: There are no nodes with the label ‘gpu’")


def test_it_says_nothing_of_it_any_more_once_it_goes_on(raw):
    run = swept(raw, [step()], [])
    assert (why_waiting(run), run.queue_why, run.queue_is_stuck) == ("", "", False)
    assert WAITS not in signed_in().get(run.get_absolute_url()).content.decode()


def test_a_step_that_waits_for_another_build_is_no_news_each_second(raw):
    told = [[step(why=f"Build #41 is already in progress (ETA: {s} sec)")] for s in (30, 29, 28)]
    assert swept(raw, *told).queue_why == "Build #41 is already in progress (ETA: 30 sec)"


def test_a_step_that_is_stuck_comes_first_and_shows_among_the_stuck(raw):
    stuck = step(98, why="‘farm-3’ is offline", stuck=True)
    run = swept(raw, [stuck, step(99)])
    assert run.queue_why == "‘farm-3’ is offline"
    assert board.is_stuck(run)


@pytest.mark.parametrize(
    "fields",
    [
        {"pending": True},
        {"since_ms": round(time.time() * 1000) + 86_400_000},
        {"build": 11},
    ],
    ids=["it is handed to an executor", "it has just come", "it is another build's"],
)
def test_a_step_that_need_not_wait_is_none_that_waits(raw, fields):
    run = swept(raw, [step(**fields)])
    assert (run.state, why_waiting(run), run.queue_is_stuck) == (RunState.RUNNING, "", False)
