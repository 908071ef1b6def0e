"""The rest of ended consoles: whose turn it is, and what an answer that is no log costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dashboard.controllers.connecting import client_for
from dashboard.runs import console, reading
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from jenkins_api import ConsoleChunk
from tests.factories import make_controller, make_job, make_run
from tests.jenkins_api.raw_server import reply

pytestmark = pytest.mark.django_db

LOG = reply(200, b"hello\n", "X-Text-Size: 6", kind="text/plain")
BAD_GATEWAY = reply(502, b"<html>Bad Gateway</html>", kind="text/html")
SIGN_IN_PAGE = reply(200, b"<html>Sign in</html>", kind="text/html")
NOTHING_NEW = reply(200, b"", "X-Text-Size: 0", "X-More-Data: true")
BUSY = reply(503, b"busy", kind="text/plain")


def ended(url: str = "http://127.0.0.1:9/", **fields) -> Run:
    return make_run(make_job(make_controller(url=url)), state=RunState.FINISHED, **fields)


def read(run: Run, *, times: int = 1) -> Run:
    """The run after its console was asked for, each time when that was due."""
    with time_machine.travel(run.console_due_at, tick=False) as clock:
        for _ in range(times):
            reading.read_rest_of_console(run.pk)
            clock.shift(reading.ASK_AGAIN_AFTER)
    return Run.objects.get(pk=run.pk)


def test_a_controller_gets_two_of_four_places_where_others_wait_too():
    first, second, third = (make_job() for _ in range(3))
    runs = [make_run(job, state=RunState.FINISHED) for job in (first,) * 3 + (second,) * 3]
    assert set(reading.due_consoles(timezone.now())) == {runs[number].pk for number in (0, 1, 3, 4)}
    last = make_run(third, state=RunState.FINISHED)
    chosen = [runs[0].pk, runs[3].pk, last.pk, runs[1].pk]
    assert reading.due_consoles(timezone.now()) == chosen, "each controller has one place first"


def test_places_taken_count():
    now = timezone.now()
    job, other = make_job(), make_job()
    held, next_one, _ = (make_run(job, state=RunState.FINISHED) for _ in range(3))
    last = make_run(other, state=RunState.FINISHED)
    Run.objects.filter(pk=held.pk).update(console_lease_until=now + timedelta(seconds=60))
    assert reading.due_consoles(timezone.now()) == [last.pk, next_one.pk]


def test_sick_consoles_hold_up_no_other(raw):
    sick = raw(BUSY)
    jobs = [make_job(make_controller(url=sick.url)) for _ in range(2)]
    for job in jobs:
        for _ in range(4):
            make_run(job, state=RunState.FINISHED)
    well = ended(raw(LOG).url)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(10):
            for run_id in reading.due_consoles(timezone.now()):
                reading.read_rest_of_console(run_id)
            clock.shift(timedelta(seconds=1))
    well.refresh_from_db()
    assert well.console_is_complete
    assert len(sick.requests) == 8, "each was asked once in ten seconds"


@pytest.mark.parametrize("passing", [BAD_GATEWAY, SIGN_IN_PAGE, BUSY, reply(401, b"", kind="")])
def test_an_answer_in_passing_costs_no_console(raw, passing):
    run = read(ended(raw(passing, LOG).url))
    assert not run.console_is_complete
    run = read(run)
    assert run.console_is_complete
    assert (run.console_lines, run.console_note, run.console_failures) == (1, "", 0)


NOTE = b"\x1b[8mha:////4" + b"A" * 200 + b"=\x1b[0m"
STORED = b"Started by user " + NOTE + b"admin\nhello\nFinished: SUCCESS\n"
TEXT = STORED.replace(NOTE, b"")  # what older cores send
WHOLE = reply(200, TEXT, kind="text/plain;charset=UTF-8")


def progressive(text: bytes, *headers: str) -> bytes:
    """A part of the stored log, with the line ends that Jenkins sends."""
    sent = text.replace(b"\n", b"\r\n")
    return reply(200, sent, f"X-Text-Size: {len(STORED)}", *headers, kind="text/plain")


def test_what_older_cores_leave_out_is_not_missing(raw):
    server = raw(progressive(TEXT), WHOLE)
    run = read(ended(server.url), times=2)
    assert (run.console_is_complete, run.console_lines, run.console_note) == (True, 3, "")
    assert [event.why for event in run.events.all()] == [console.OWN_LINE_ENDS]
    assert [b"/consoleText" in request for request in server.requests] == [False, True]


def test_a_log_that_comes_with_all_of_its_bytes_is_read_once(raw):
    server = raw(progressive(STORED))
    run = read(ended(server.url), times=2)
    assert (run.console_is_complete, run.console_note) == (True, "")
    assert len(server.requests) == 1


@pytest.mark.parametrize("compared", [WHOLE, BAD_GATEWAY, BUSY, reply(404), WHOLE[:-9]])
def test_lines_that_jenkins_skipped_are_noted_once(raw, compared):
    server = raw(progressive(TEXT.replace(b"hello\n", b"")), compared)
    run = read(ended(server.url), times=2)
    assert (run.console_is_complete, run.console_note) == (True, console.UNEVEN)
    assert [event.why for event in run.events.all()] == [console.UNEVEN]
    assert len(server.requests) == 2


def test_a_log_is_compared_once_it_has_ended(raw):
    rest = reply(200, b"", f"X-Text-Size: {len(STORED)}", kind="text/plain")
    server = raw(progressive(TEXT, "X-More-Data: true"), rest, WHOLE)
    run = read(ended(server.url))
    assert (run.console_is_complete, run.console_note) == (True, "")
    assert len(server.requests) == 3


@pytest.mark.parametrize("stored", [STORED, STORED[:9]])
def test_who_was_overtaken_by_another_reader_compares_nothing(raw, stored):
    """Its lease ran out: its own copy of the row is old."""
    run = ended(raw(progressive(STORED)).url, build_number=3)
    overtaken = Run.objects.get(pk=run.pk)
    size = len(stored)
    console.append(run, ConsoleChunk(stored, start=0, next_start=size, has_more=stored != STORED))
    with client_for(overtaken.controller) as jenkins:
        reading.read_console(overtaken, jenkins)
    assert not run.events.exists()
    run.refresh_from_db()
    assert (run.console_is_complete, run.console_note) == (stored == STORED, "")


def test_beyond_the_cap_nothing_is_compared(raw, settings):
    settings.CONSOLE_CAP_BYTES = 20
    server = raw(progressive(TEXT))
    run = read(ended(server.url))
    assert (run.console_is_complete, run.console_bytes) == (True, 20)
    assert len(server.requests) == 1


def test_a_clear_no_is_taken_at_once_and_added_to_what_was_noted(raw):
    run = read(ended(raw(reply(404, b"gone", kind="text/plain")).url, console_note="Was cut."))
    assert run.console_is_complete
    assert run.console_note.startswith("Was cut. The rest of the console could not be read: ")
    assert run.events.get().why.startswith("The rest of the console could not be read: ")


def test_what_is_no_log_is_asked_for_five_minutes(raw):
    server = raw(BAD_GATEWAY)
    run = read(ended(server.url), times=reading.MOST_FAILURES - 1)
    assert not run.console_is_complete
    run = read(run, times=5)
    assert run.console_is_complete
    assert "could not be read" in run.console_note
    assert len(server.requests) == reading.MOST_FAILURES


def test_silence_is_asked_again_for_as_long_as_it_takes(raw):
    run = read(ended(raw(BUSY).url), times=reading.MOST_FAILURES + 5)
    assert not run.console_is_complete
    assert not run.events.exists()


def test_a_log_that_never_ends_is_asked_ever_less_and_then_no_more(raw):
    server = raw(NOTHING_NEW)
    run = ended(server.url)
    with time_machine.travel(run.console_due_at, tick=False) as clock:
        for _ in range(40):
            for run_id in reading.due_consoles(timezone.now()):
                reading.read_rest_of_console(run_id)
            clock.shift(timedelta(seconds=1))
    assert len(server.requests) == 6, "after 0, 1, 3, 7, 15 and 30 seconds"
    run = read(Run.objects.get(pk=run.pk), times=reading.MOST_FAILURES)
    assert run.console_is_complete
    assert "more of this log will come, and nothing does" in run.console_note
    assert len(server.requests) == reading.MOST_FAILURES


def test_a_log_that_ends_a_moment_after_its_build_is_read_soon(raw):
    run = ended(raw(NOTHING_NEW, LOG).url)
    with time_machine.travel(run.console_due_at, tick=False) as clock:
        reading.read_rest_of_console(run.pk)
        clock.shift(timedelta(seconds=1))
        reading.read_rest_of_console(run.pk)
    run.refresh_from_db()
    assert (run.console_lines, run.console_is_complete) == (1, True)
    assert (run.console_note, run.console_failures) == ("", 0)
