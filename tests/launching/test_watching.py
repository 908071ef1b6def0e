"""Watching a run from a terminal, whatever happens to it or to the broker meanwhile."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading

import pytest

from dashboard.controllers.connecting import disconnect
from dashboard.launching.settling import give_up
from dashboard.launching.watching import watch
from dashboard.runs.states import RunState
from tests.factories import make_run, make_unfollowed_run

# In a process of its own: the broker's address is read once, at start.
PING_TWICE = """
import django
django.setup()
from dashboard.launching.watching import does_a_worker_answer
print(does_a_worker_answer(), flush=True)
input()
print(does_a_worker_answer(), flush=True)
"""


def test_a_broker_that_is_killed_is_a_worker_that_does_not_answer(redis, tmp_path):
    asking = subprocess.Popen(
        [sys.executable, "-c", PING_TWICE],
        env=os.environ
        | {
            "REDIS_URL": f"unix://{tmp_path / 'redis.sock'}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = asking.stdout.readline()
    redis.kill()
    redis.wait()
    second, trouble = asking.communicate("\n", timeout=60)
    assert (first, second) == ("False\n", "False\n"), trouble


@pytest.fixture
def ctrl_c_after_30_s():
    """What would go on for ever ends, as by a person who has waited long enough."""
    timer = threading.Timer(30, signal.raise_signal, (signal.SIGINT,))
    timer.start()
    yield
    timer.cancel()


@pytest.mark.django_db
@pytest.mark.usefixtures("ctrl_c_after_30_s")
def test_a_run_that_was_given_up_after_its_build_began_is_not_watched_for_ever():
    run = make_run()
    run.move_to(RunState.UNKNOWN, why="Jenkins was restarted.")
    give_up(run, who=run.owner)
    said = io.StringIO()
    assert watch(run, io.StringIO(), said) == 3
    assert "gave it up" in said.getvalue()


@pytest.fixture
def ctrl_c_at_once(monkeypatch):
    def ctrl_c(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", ctrl_c)


@pytest.mark.django_db
@pytest.mark.usefixtures("ctrl_c_at_once")
def test_it_says_so_when_nobody_follows_the_run():
    said = io.StringIO()
    assert watch(make_unfollowed_run(), io.StringIO(), said) == 130
    assert "Not followed since" in said.getvalue()


@pytest.mark.django_db
@pytest.mark.usefixtures("ctrl_c_at_once")
@pytest.mark.parametrize(
    ("how", "then"),
    [
        ({}, "followed again once"),
        ({"state": RunState.ACCEPTED}, "goes out once"),
    ],
)
def test_it_says_so_when_an_admin_disconnected_the_controller(how, then):
    run = make_run(**how)
    disconnect(run.controller)
    said = io.StringIO()
    assert watch(run, io.StringIO(), said) == 130
    words = " ".join(said.getvalue().split())
    assert f"{run.controller} was disconnected by an admin" in words
    assert f"{then} {run.controller} is connected again" in words
    assert "Not followed since" not in words
