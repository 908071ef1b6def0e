"""Why a run does not start: one sentence, from facts and never from Jenkins's words."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from dashboard.controllers.checking import check_now
from dashboard.controllers.connecting import connect
from dashboard.controllers.models import Controller
from dashboard.runs.explaining import MOST_SAID, jenkins_says, why_waiting
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import job_of, sweep_once
from tests.factories import make_controller, make_job, make_run, signed_in
from tests.runs.test_leases import NO_EXECUTORS, NO_QUEUE

pytestmark = pytest.mark.django_db

GERMAN = "Es gibt keine Knoten mit dem Label ‘gpu’"
FREE = "An executor is free, and Jenkins has not started it."
QUIETING = "eu was quieting down when last checked; it starts nothing new then."


def queued(kind, *, label="", nodes=(), total=2, busy=2, **fields):
    controller = make_controller(
        name="eu", nodes=list(nodes), executors_total=total, executors_busy=busy
    )
    job = make_job(controller, full_name="qa/gpu", label=label)
    return make_run(job, state=RunState.QUEUED, queue_kind=kind, queue_why=GERMAN, **fields)


def node(name, *labels, offline=False, busy=False, reason=""):
    return {
        "name": name, "labels": list(labels), "is_offline": offline, "is_busy": busy,
        "offline_reason": reason,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (
            {"kind": "BuildableItem", "label": "gpu", "nodes": [node("built-in", "built-in")]},
            "No agent of eu has the label gpu at the moment.",
        ),
        (
            {"kind": "BuildableItem", "label": "gpu-a100", "nodes": []},
            "No agent of eu has the label gpu-a100 at the moment.",
        ),
        (
            {"kind": "BuildableItem", "label": "gpu && linux", "nodes": []},
            "Waits for an agent that fits gpu && linux.",
        ),
        (
            {
                "kind": "BuildableItem",
                "label": "gpu",
                "nodes": [node("farm-3", "gpu", offline=True, reason="USB hub reset")],
            },
            "Every agent with the label gpu is offline: farm-3 (USB hub reset).",
        ),
        (
            {"kind": "BuildableItem", "label": "gpu", "nodes": [node("farm-3", "gpu", busy=True)]},
            "All agents with the label gpu are busy.",
        ),
        (
            {
                "kind": "BuildableItem",
                "label": "gpu",
                "nodes": [node("farm-3", "gpu", busy=True), node("farm-4", "gpu", offline=True)],
            },
            "All agents with the label gpu are busy or offline.",
        ),
        ({"kind": "BuildableItem", "label": "gpu", "nodes": [node("farm-3", "gpu")]}, FREE),
        ({"kind": "BuildableItem"}, "All 2 executors of eu are busy."),
        ({"kind": "BuildableItem", "busy": 1}, FREE),
        (
            {"kind": "BuildableItem", "busy": 1, "queue_is_fresh": True},
            "Starts in a moment: an executor is free.",
        ),
        ({"kind": "BuildableItem", "total": 0, "busy": 0}, "eu has no executor online."),
        (
            {"kind": "BlockedItem"},
            "Jenkins holds it back.",
        ),
        (
            {"kind": "WaitingItem"},
            "Waits for the quiet period that Jenkins keeps before a build.",
        ),
    ],
)
def test_a_queued_run_says_why_in_one_sentence(run, sentence):
    assert why_waiting(queued(**run)) == sentence


@pytest.mark.parametrize("kind", ["BuildableItem", "BlockedItem"])
def test_a_controller_that_was_quieting_down_is_named(kind):
    run = queued(kind, busy=0, queue_is_fresh=True)
    run.controller.is_quieting_down = True
    assert why_waiting(run) == QUIETING


@pytest.mark.parametrize("kind", ["BuildableItem", "BlockedItem"])
def test_jenkins_s_own_words_stand_beside_the_sentence_on_the_run_and_on_the_board(kind):
    said = "Build #41 of <script>alert(1)</script> is already in progress"
    run = queued(kind)
    run.change(queue_why=said)
    for path in (run.get_absolute_url(), "/"):
        page = signed_in().get(path).content.decode()
        assert why_waiting(run) in page
        assert f"Jenkins: <bdi>{escape(said)}</bdi>" in page
        assert "<script>alert" not in page


def test_long_words_of_jenkins_are_cut_and_kept_in_the_title():
    run = queued("BlockedItem")
    run.change(queue_why="word " * 200)
    for path in (run.get_absolute_url(), "/"):
        page = signed_in().get(path).content.decode()
        assert max(map(len, re.findall("<bdi>(.*?)</bdi>", page))) == MOST_SAID
        assert "word " * 199 in page


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "WaitingItem"},  # its words count down, and so do we
        {"kind": ""},
        {"kind": "BuildableItem", "abort_asked_at": timezone.now()},
    ],
)
def test_where_we_say_all_jenkins_says_nothing(fields):
    assert jenkins_says(queued(**fields)) == ""


def test_those_that_ended_say_nothing_of_what_they_waited_for():
    ended = make_run(state=RunState.CANCELLED, queue_kind="BuildableItem", queue_why=GERMAN)
    assert (why_waiting(ended), jenkins_says(ended)) == ("", "")


def test_an_accepted_run_names_the_controller_that_is_away():
    controller = make_controller(
        name="eu", unreachable_since=timezone.now(), trouble="Connection refused."
    )
    run = make_run(make_job(controller), state=RunState.ACCEPTED)
    assert why_waiting(run) == (
        "eu is away: Connection refused. This run goes out once it is back."
    )


def test_an_accepted_run_does_not_wait_for_a_controller_that_refuses_our_account():
    now = timezone.now()
    controller = make_controller(unreachable_since=now, refused_since=now, trouble="401.")
    run = make_run(make_job(controller), state=RunState.ACCEPTED)
    assert why_waiting(run) == "Waits for a worker to send it."


def test_an_accepted_run_that_was_tried_says_that_it_is_tried_again():
    run = make_run(state=RunState.ACCEPTED, due_at=timezone.now() + timedelta(seconds=30))
    assert "again in a moment" in why_waiting(run)


def test_no_worker_is_late_for_a_run_whose_controller_was_away(raw):
    controller = make_controller(
        url=f"{raw(NO_QUEUE, NO_EXECUTORS).url}/", unreachable_since=timezone.now(), failures=3
    )
    now = timezone.now()
    job, long_ago, soon = make_job(controller), now - timedelta(minutes=5), now + timedelta(hours=1)
    late = make_run(job, state=RunState.ACCEPTED, due_at=long_ago)
    again = make_run(job, state=RunState.ACCEPTED, due_at=soon)
    ended = make_run(job, state=RunState.FINISHED, due_at=long_ago)
    sweep_once(controller)
    late, again, ended = Run.objects.select_related("controller").order_by("pk")
    assert why_waiting(late) == "Waits for a worker to send it."
    assert (again.due_at, ended.due_at) == (soon, long_ago)
    Run.objects.update(due_at=long_ago)
    sweep_once(controller)  # it was there all the time
    assert why_waiting(Run.objects.get(pk=late.pk)).startswith("No worker has taken it")
    assert (late.version, late.events.count()) == (1, 0)


@pytest.mark.parametrize("bring_back", [check_now, connect])
def test_no_worker_is_late_either_where_a_person_brought_the_controller_back(connected, bring_back):
    Controller.objects.update(unreachable_since=timezone.now(), failures=3)
    connected.refresh_from_db()
    long_ago = timezone.now() - timedelta(minutes=5)
    late = make_run(job_of(connected, "qa/nightly"), state=RunState.ACCEPTED, due_at=long_ago)
    assert bring_back(connected)
    assert why_waiting(Run.objects.get(pk=late.pk)) == "Waits for a worker to send it."


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING])
def test_an_abort_says_when_jenkins_is_asked(state):
    here, away = (
        make_controller(name="eu"),
        make_controller(name="us", unreachable_since=timezone.now()),
    )
    asked = {"state": state, "abort_asked_at": timezone.now()}
    runs = [make_run(make_job(controller), **asked) for controller in (here, away)]
    said = [
        "Being aborted: eu is asked to end it.",
        "Being aborted: us is asked to end it once it answers.",
    ]
    assert [why_waiting(run) for run in runs] == said
    page = signed_in().get("/").content.decode()
    assert all(sentence in page for sentence in said)


def test_runs_that_do_not_wait_say_nothing():
    assert why_waiting(make_run(state=RunState.RUNNING)) == ""
    assert why_waiting(make_run(state=RunState.FINISHED)) == ""
