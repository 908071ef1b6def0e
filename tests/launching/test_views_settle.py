"""What a person decides about an unknown run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.people.models import Role
from dashboard.runs.explaining import why_waiting
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import follow, job_of
from tests.factories import make_controller, make_job, make_run, make_user, signed_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DECISIONS = ("adopt", "send", "give-up")


def settle(run: Run, how: str, client: Client | None = None, **data):
    client = client or signed_in()
    return client.post(f"/runs/{run.pk}/settle/{how}/", data)


def said(client: Client) -> str:
    """What the next page says."""
    return client.get("/jobs/").content.decode()


@pytest.mark.parametrize(
    ("how", "data", "state"),
    [
        ("adopt", {"number": "612"}, RunState.RUNNING),
        ("send", {}, RunState.ACCEPTED),
        ("give-up", {}, RunState.CANCELLED),
    ],
)
def test_a_tester_settles_somebody_elses_run(how, data, state):
    run, person = make_run(state=RunState.UNKNOWN), make_user(username="ana")
    answer = settle(run, how, signed_in(user=person), **data)
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{run.pk}/")
    run.refresh_from_db()
    assert run.state == state
    assert run.events.latest("id").who == person


def test_an_adopted_build_is_the_one_that_was_named():
    run = make_run(state=RunState.UNKNOWN)
    settle(run, "adopt", number="612")
    run.refresh_from_db()
    assert run.build_number == 612


@pytest.mark.parametrize(("how", "data"), [("adopt", {"number": "612"}), ("send", {})])
def test_nothing_of_the_build_that_it_was_taken_for_stays(how, data):
    taken_for = {"queue_is_stuck": True, "console_ahead_bytes": 5, "console_failures": 3}
    run = make_run(state=RunState.UNKNOWN, is_kept=True, **taken_for)
    settle(run, how, **data)
    run.refresh_from_db()
    assert not run.queue_is_stuck
    assert not run.is_kept
    assert (run.console_ahead_bytes, run.console_failures) == (0, 0)


@pytest.mark.parametrize("number", ["", "x", "0", "-3", "1.5", "9" * 30])
def test_a_build_that_is_no_number_changes_nothing(number):
    run, client = make_run(state=RunState.UNKNOWN), signed_in()
    settle(run, "adopt", client, number=number)
    assert "Type the number of the build" in said(client)
    run.refresh_from_db()
    assert run.state == RunState.UNKNOWN


def test_a_build_of_another_run_is_refused_with_a_sentence():
    other, client = make_run(), signed_in()
    run = make_run(other.job, state=RunState.UNKNOWN)
    settle(run, "adopt", client, number=str(other.build_number))
    assert f"belongs to run {other.pk}" in said(client)
    run.refresh_from_db()
    assert run.state == RunState.UNKNOWN


@pytest.mark.parametrize("how", DECISIONS)
@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.FINISHED])
def test_a_run_that_is_settled_already_is_left_alone(how, state):
    run, client = make_run(state=state), signed_in()
    settle(run, how, client, number="5")
    assert "settled already" in said(client)
    run.refresh_from_db()
    assert run.state == state


def test_a_wrong_build_number_makes_nobody_forget_that_jenkins_had_it(connected):
    job = job_of(connected, "qa/nightly")
    run = make_run(job, state=RunState.UNKNOWN, queued_at=NOW, queue_id=55)
    settle(run, "adopt", number="4711")
    follow(run, RunState.UNKNOWN)
    page = signed_in().get(run.get_absolute_url()).content.decode()
    assert "Does it still wait there, or did it build?" in page
    assert "had it in its queue and was restarted since." in page
    assert "in the queue, before a restart" in page


def test_a_wrong_build_number_makes_nobody_forget_the_build_that_it_had(connected):
    job = job_of(connected, "qa/nightly")
    run = make_run(job, state=RunState.UNKNOWN, queued_at=NOW, build_number=612)
    for wrong in ("4711", "4712"):
        settle(run, "adopt", number=wrong)
        assert follow(run, RunState.UNKNOWN).build_number == 612
    page = signed_in().get(run.get_absolute_url()).content.decode()
    assert "What became of it?" in page
    settle(run, "send")
    run.refresh_from_db()
    assert (run.build_number, run.build_before) == (None, None)


def test_one_that_is_sent_again_is_not_late():
    long_ago = NOW - timedelta(hours=1)
    run = make_run(state=RunState.UNKNOWN, due_at=long_ago)
    Run.objects.update(accepted_at=long_ago)
    settle(run, "send")
    run.refresh_from_db()
    assert why_waiting(run) == "Waits for a worker to send it."


@pytest.mark.parametrize("how", DECISIONS)
def test_who_may_not_and_what_is_not_there(how):
    run = make_run(state=RunState.UNKNOWN)
    hidden = make_run(make_job(make_controller(is_enabled=False)), state=RunState.UNKNOWN)
    assert settle(run, how, signed_in(Role.VIEWER), number="1").status_code == 403
    assert settle(hidden, how, number="1").status_code == 404
    assert signed_in().post(f"/runs/999999/settle/{how}/").status_code == 404
    assert signed_in().get(f"/runs/{run.pk}/settle/{how}/").status_code == 405
    assert settle(run, how, Client(), number="1").status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.UNKNOWN


@pytest.mark.parametrize(
    ("known", "question", "text"),
    [
        ({}, "Did eu take it?", "The launch was sent, and no clear answer came."),
        (
            {"queued_at": NOW, "queue_id": 55},
            "Does it still wait there, or did it build?",
            "eu had it in its queue, as item 55, and was restarted since.",
        ),
        (
            {"queued_at": NOW, "queue_id": 55, "build_number": 612},
            "What became of it?",
            "eu was restarted, and build 612 is another one there now.",
        ),
    ],
)
def test_the_question_is_about_what_is_not_known(known, question, text):
    job, client = make_job(make_controller(name="eu")), signed_in()
    run = make_run(job, state=RunState.UNKNOWN, **known)
    page = client.get(run.get_absolute_url()).content.decode()
    assert question in page
    assert text in page
    assert ("no answer, no build yet" in page) is (not known)
    board = client.get("/").content.decode()
    assert f"{text} {question}" in board
    settle(run, "give-up", client)
    assert run.events.latest("id").why.endswith(f"gave it up. {text}")
