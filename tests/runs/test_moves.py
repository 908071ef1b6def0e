"""A run changes state in one place: conditional, with its event, its version and the news."""

import pytest

from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import IllegalMove, RunState
from tests.factories import make_run

pytestmark = pytest.mark.django_db


def test_a_move_leaves_an_event_and_tells_open_pages():
    run = make_run(state=RunState.ACCEPTED)
    news = run.controller.news
    assert run.move_to(RunState.SUBMITTING, why="A worker sends it.", who=run.owner)
    event = run.events.get()
    assert (event.old, event.new, event.who) == ("accepted", "submitting", run.owner)
    assert run.version == 2
    run.controller.refresh_from_db()
    assert run.controller.news == news + 1


def test_the_second_of_two_workers_moves_nothing():
    run = make_run(state=RunState.ACCEPTED)
    same = Run.objects.get(pk=run.pk)
    assert run.move_to(RunState.SUBMITTING, why="first")
    assert not same.move_to(RunState.SUBMITTING, why="second")
    assert [event.why for event in run.events.all()] == ["first"]


def test_an_illegal_move_raises_and_changes_nothing():
    run = make_run(state=RunState.ACCEPTED)
    with pytest.raises(IllegalMove):
        run.move_to(RunState.FINISHED, why="")
    assert Run.objects.get(pk=run.pk).state == RunState.ACCEPTED
    assert not run.events.exists()


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (RunState.ACCEPTED, RunState.SUBMITTING, True),
        (RunState.SUBMITTING, RunState.ACCEPTED, True),
        (RunState.SUBMITTING, RunState.UNKNOWN, True),
        (RunState.SUBMITTING, RunState.QUEUED, False),
        (RunState.SUBMITTING, RunState.REFUSED, False),
        (RunState.ACCEPTED, RunState.CANCELLED, False),
        (RunState.UNKNOWN, RunState.RUNNING, False),
        (RunState.UNKNOWN, RunState.CANCELLED, False),
    ],
)
def test_passwords_are_kept_only_while_the_launch_may_have_to_be_sent(old, new, kept):
    run = make_run(state=old)
    RunSecrets.objects.create(run=run, values_encrypted="x")
    run.move_to(new, why="")
    assert RunSecrets.objects.filter(run=run).exists() == kept
