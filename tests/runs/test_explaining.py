"""Why a run does not start: one sentence, from facts and never from Jenkins's words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.runs.explaining import why_waiting
from dashboard.runs.states import RunState
from tests.factories import make_controller, make_job, make_run

pytestmark = pytest.mark.django_db

GERMAN = "Es gibt keine Knoten mit dem Label ‘gpu’"


def queued(kind, *, label="", nodes=(), total=2, busy=2, **fields):
    controller = make_controller(
        name="eu", nodes=list(nodes), executors_total=total, executors_busy=busy
    )
    job = make_job(controller, full_name="qa/gpu", label=label)
    return make_run(job, state=RunState.QUEUED, queue_kind=kind, queue_why=GERMAN, **fields)


def node(name, *labels, offline=False, reason=""):
    return {
        "name": name, "labels": list(labels), "is_offline": offline, "offline_reason": reason
    }  # fmt: skip


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (
            {"kind": "BuildableItem", "label": "gpu", "nodes": [node("built-in", "built-in")]},
            "No agent of eu has the label gpu: an admin has to add one.",
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
            {"kind": "BuildableItem", "label": "gpu", "nodes": [node("farm-3", "gpu")]},
            "All agents with the label gpu are busy.",
        ),
        ({"kind": "BuildableItem"}, "All 2 executors of eu are busy."),
        ({"kind": "BuildableItem", "busy": 1}, "Starts in a moment: an executor is free."),
        ({"kind": "BuildableItem", "total": 0, "busy": 0}, "eu has no executor online."),
        (
            {"kind": "BlockedItem"},
            "Waits for another build: Jenkins does not run qa/gpu beside it.",
        ),
        (
            {"kind": "WaitingItem"},
            "Waits for the quiet period that Jenkins keeps before a build.",
        ),
    ],
)
def test_a_queued_run_says_why_in_one_sentence(run, sentence):
    assert why_waiting(queued(**run)) == sentence


def test_an_accepted_run_names_the_controller_that_is_away():
    controller = make_controller(
        name="eu", unreachable_since=timezone.now(), trouble="Connection refused."
    )
    run = make_run(make_job(controller), state=RunState.ACCEPTED)
    assert why_waiting(run) == (
        "eu is away: Connection refused. This run goes out once it is back."
    )


def test_an_accepted_run_that_was_tried_says_that_it_is_tried_again():
    run = make_run(state=RunState.ACCEPTED, due_at=timezone.now() + timedelta(seconds=30))
    assert "again in a moment" in why_waiting(run)


def test_runs_that_do_not_wait_say_nothing():
    assert why_waiting(make_run(state=RunState.RUNNING)) == ""
    assert why_waiting(make_run(state=RunState.FINISHED)) == ""
