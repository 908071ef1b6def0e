"""Consoles whose answer comes in parts or breaks off, and line ends across two answers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dashboard.runs import console
from dashboard.runs.models import Run
from dashboard.runs.reading import read_rest_of_console
from dashboard.runs.states import RunState
from jenkins_api.records import ConsoleChunk
from tests.factories import make_controller, make_job, make_run
from tests.jenkins_api.raw_server import RawServer, reply

pytestmark = pytest.mark.django_db


def parts(*texts: bytes, start: int = 0, next_start: int | None = None) -> list[ConsoleChunk]:
    """One answer in parts; by default the offset moves by as many bytes as there are."""
    total = sum(map(len, texts))
    end = start + total if next_start is None else next_start
    chunks, before_bytes = [], 0
    for text in texts[:-1]:
        chunks.append(ConsoleChunk(text, start, start, True, before_bytes, is_part=True))
        before_bytes += len(text)
    return [*chunks, ConsoleChunk(texts[-1], start, end, True, before_bytes)]


def whole(run: Run) -> bytes:
    return b"".join(console.stream(run))


def test_parts_are_stored_as_they_come_and_the_last_moves_the_offset():
    run = make_run()
    first, second, last = parts(b"one\n", b"two\n", b"three\n")

    assert console.append(run, first)
    assert console.append(run, second)
    assert (whole(run), run.console_offset) == (b"one\ntwo\n", 0)
    assert console.append(run, last)

    assert (whole(run), run.console_offset, run.console_lines) == (b"one\ntwo\nthree\n", 14, 3)
    assert run.console_note == ""


def test_an_answer_that_broke_off_is_not_stored_twice_when_it_comes_again():
    run = make_run()
    first, second, *_ = parts(b"one\n", b"two\n", b"lost")
    console.append(run, first)
    console.append(run, second)

    # Parted elsewhere this time, and longer
    assert [console.append(run, each) for each in parts(b"one\ntw", b"o\nthree\n", b"four\n")] == [
        False,
        True,
        True,
    ]

    assert whole(run) == b"one\ntwo\nthree\nfour\n"
    assert (run.console_offset, run.console_lines) == (19, 4)


def test_a_second_worker_with_the_same_answer_stores_nothing():
    run = make_run()
    other = Run.objects.get(pk=run.pk)
    first, last = parts(b"one\n", b"two\n")
    console.append(run, first)

    assert not console.append(other, first)
    assert not console.append(other, last)
    assert console.append(run, last)
    assert not console.append(other, last)

    assert whole(run) == b"one\ntwo\n"


@pytest.mark.parametrize(("next_start", "is_complete"), [(8, True), (9, False)])
def test_bytes_are_counted_over_the_whole_answer(next_start, is_complete):
    run = make_run(state=RunState.FINISHED)
    *first, last = parts(b"one\n", b"two\n", next_start=next_start)
    for each in [*first, replace(last, has_more=False)]:
        console.append(run, each)
    assert run.console_is_complete is is_complete


def test_beyond_the_cap_a_part_is_read_and_not_kept(settings):
    settings.CONSOLE_CAP_BYTES = 6
    run = make_run()
    for each in [*parts(b"one\n", b"two\n")[:1], *parts(b"one\n", b"two\n", b"three\n")]:
        console.append(run, each)
    assert (whole(run), run.console_bytes, run.console_offset) == (b"one\ntw", 6, 14)
    assert run.events.count() == 1


LINES = 300_000
LOG = b"".join(b"line %07d of an agent on Windows\r\n" % number for number in range(LINES))
ANSWER = reply(200, LOG, f"X-Text-Size: {len(LOG)}", kind="text/plain;charset=utf-8")


def finished_run_at(server: RawServer) -> Run:
    job = make_job(make_controller(url=server.url))
    return make_run(job, state=RunState.FINISHED)


def test_a_long_log_of_a_windows_agent_is_stored_once_though_it_broke_off(raw):
    server = raw(ANSWER[: 6 * 1024 * 1024], ANSWER, ANSWER)
    run = finished_run_at(server)

    read_rest_of_console(run.pk)
    run.refresh_from_db()
    stored_bytes = run.console_bytes
    assert 0 < stored_bytes < len(LOG)
    assert (run.console_offset, run.console_is_complete) == (0, False)

    Run.objects.filter(pk=run.pk).update(console_due_at=run.accepted_at)
    read_rest_of_console(run.pk)

    run.refresh_from_db()
    assert whole(run) == LOG.replace(b"\r\n", b"\n")
    assert (run.console_lines, run.console_offset) == (LINES, len(LOG))
    assert (run.console_is_complete, run.console_lease_until) == (True, None)
    assert run.console_note == ""  # a CR of each line was taken out, and no more
    *read, compared = server.requests
    assert all(b"start=0 " in request for request in read)
    assert b"/consoleText " in compared


class AnyCut(TestCase):
    """A log cut anywhere, also between CR and LF, is stored as it is uncut."""

    @settings(max_examples=50, deadline=None)
    @example(log=b"one\r\ntwo\n", cuts=[4], filling=0)
    @example(log=b"one\r\ntwo\n", cuts=[4], filling=console.CHUNK_BYTES - 4)
    @example(log=b"one\r\ntwo\n", cuts=[4], filling=console.CHUNK_BYTES - 3)
    @given(
        log=st.lists(st.sampled_from([b"a", b"\r", b"\n"])).map(b"".join),
        cuts=st.lists(st.integers(1, 12)),
        filling=st.just(0),
    )
    def test_any_cut_is_stored_alike(self, log, cuts, filling):
        run = make_run()
        start = b"x" * filling
        bounds = sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})
        if start:
            console.append(run, ConsoleChunk(start, 0, len(start), True))
        for first, last in pairwise(bounds):
            sent = re.sub(rb"\r+\n", b"\n", log[first:last])
            at = len(start) + first
            console.append(run, ConsoleChunk(sent, at, len(start) + last, True))

        assert whole(run) == start + re.sub(rb"\r+\n", b"\n", log)
        assert run.console_lines == log.count(b"\n")
        assert run.console_bytes == len(whole(run))
        sizes = run.console_chunks.values_list("size_bytes", flat=True)
        assert sum(sizes) == run.console_bytes
