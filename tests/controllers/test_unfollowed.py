"""Since when no worker asks a controller any more, whoever else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dashboard.controllers.checking import check_now
from dashboard.controllers.connecting import connect, disconnect, sweep_soon
from dashboard.controllers.models import SWEEP_TAKEN, Controller
from tests.demo import sweep_once
from tests.factories import make_controller, make_job, make_run, signed_in

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(minutes=10)
ASKING = [check_now, connect, lambda controller: sweep_soon(controller.pk)]
BY_WHOM = ["check now", "change", "abort"]


def as_kept(controller):
    return Controller.objects.get(pk=controller.pk)


def leave(controller, **times):
    """Nobody asks ``controller`` for ten minutes; when it last answered."""
    then = timezone.now() - LONG_AGO
    Controller.objects.filter(pk=controller.pk).update(
        **{"answered_at": then, "sweep_due_at": then} | times
    )
    controller.refresh_from_db()
    return then


@pytest.mark.parametrize("ask", ASKING, ids=BY_WHOM)
def test_a_person_who_asks_it_does_not_follow_it(connected, ask):
    then = leave(connected)
    run = make_run(make_job(connected), started_at=then - timedelta(seconds=90))
    ask(connected)
    assert (as_kept(connected).unfollowed_since, as_kept(connected).data_from) == (then, then)
    header = signed_in().get(run.get_absolute_url()).content.decode()
    assert ">1:30<" in header  # its clock stands where a worker last saw it
    sweep_once(connected)
    assert as_kept(connected).unfollowed_since is None


@pytest.mark.parametrize("ask", ASKING, ids=BY_WHOM)
def test_the_sweep_of_one_that_is_followed_is_due_at_once(connected, ask):
    leave(connected, sweep_due_at=timezone.now() + timedelta(seconds=15))
    ask(connected)
    assert Controller.objects.due(timezone.now()).filter(pk=connected.pk).exists()
    assert as_kept(connected).unfollowed_since is None


def test_a_tick_that_its_budget_stretches_is_none_that_is_missed():
    controller = make_controller()
    then = leave(controller, sweep_due_at=timezone.now() + timedelta(seconds=5))
    assert controller.unfollowed_since is None
    with time_machine.travel(timezone.now() + timedelta(seconds=6) + SWEEP_TAKEN):
        assert controller.unfollowed_since == then


def test_one_just_connected_is_not_followed_since_then(connected):
    leave(connected)
    disconnect(connected)
    now = timezone.now()
    assert not connect(as_kept(connected)).error
    assert as_kept(connected).unfollowed_since is None
    with time_machine.travel(timezone.now() + SWEEP_TAKEN + timedelta(seconds=1)):
        assert as_kept(connected).unfollowed_since >= now


def test_one_that_is_disconnected_is_not_to_be_followed():
    controller = make_controller()
    leave(controller)
    assert controller.unfollowed_since
    disconnect(controller)
    assert as_kept(controller).unfollowed_since is None
