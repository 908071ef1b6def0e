"""The stored console: appended once, read a window at a time, whole for download."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dashboard.runs import console
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from jenkins_api.records import ConsoleChunk
from tests.factories import make_run

pytestmark = pytest.mark.django_db

NOTE = b"\x1b[8mha:////4Djh1+F2eyUcXPC=\x1b[0m"


def piece(text: bytes, start: int = 0, *, has_more: bool = True) -> ConsoleChunk:
    """A piece of log as long as its offset says."""
    return ConsoleChunk(text, start=start, next_start=start + len(text), has_more=has_more)


def append_all(run: Run, text: bytes, piece_bytes: int) -> None:
    for start in range(0, len(text), piece_bytes):
        assert console.append(run, piece(text[start : start + piece_bytes], start))


def whole(run: Run) -> bytes:
    return b"".join(console.stream(run))


def some_log(lines: int) -> bytes:
    return b"".join(f"line {n} of the log, grün\n".encode() for n in range(1, lines + 1))


def test_appended_pieces_come_back_as_one_text():
    run = make_run()
    text = some_log(40_000)

    append_all(run, text, piece_bytes=100_003)  # cuts lines, letters and chunks anywhere

    assert whole(run) == text
    assert (run.console_offset, run.console_bytes, run.console_lines) == (
        len(text),
        len(text),
        40_000,
    )
    sizes = list(run.console_chunks.order_by("sequence").values_list("size_bytes", flat=True))
    assert set(sizes[:-1]) == {console.CHUNK_BYTES}


def test_a_repeated_piece_changes_nothing():
    run = make_run()
    first = piece(b"one\n")
    assert console.append(run, first)

    assert not console.append(run, first)

    run.refresh_from_db()
    assert (whole(run), run.console_bytes) == (b"one\n", 4)


def test_the_slower_of_two_workers_changes_nothing():
    run = make_run()
    same_run = Run.objects.get(pk=run.pk)
    assert console.append(run, piece(b"one\ntwo\n"))

    assert not console.append(same_run, piece(b"one\n"))

    assert whole(run) == b"one\ntwo\n"


def test_an_old_copy_of_the_run_stores_nothing_even_at_the_same_offset():
    run = make_run()
    console.append(run, piece(b"before\n"))
    old_copy = Run.objects.get(pk=run.pk)
    console.append(run, ConsoleChunk(b"abc\n", start=7, next_start=4, has_more=True))
    console.append(run, piece(b"de\n", 4))
    assert run.console_offset == old_copy.console_offset

    assert not console.append(old_copy, piece(b"more\n", 7))

    assert whole(run) == b"before\nabc\nde\n"


def test_growth_is_told_to_no_header_and_no_list_but_a_note_is():
    run = make_run()
    version, news = run.version, run.controller.news

    assert console.append(run, piece(b"one\n"))
    run.refresh_from_db()
    assert (run.version, run.controller.news) == (version, news)

    assert console.append(run, ConsoleChunk(b"two\n", start=4, next_start=3, has_more=True))
    run.refresh_from_db()
    assert run.version > version
    assert run.controller.news > news


def test_an_empty_piece_changes_nothing():
    run = make_run()
    assert not console.append(run, piece(b""))
    assert not run.console_chunks.exists()


@pytest.mark.parametrize(
    ("state", "has_more", "is_complete"),
    [
        (RunState.FINISHED, False, True),
        (RunState.FINISHED, True, False),
        (RunState.RUNNING, False, False),
    ],
)
def test_it_is_complete_once_run_and_log_have_ended(state, has_more, is_complete):
    run = make_run(state=state)

    console.append(run, piece(b"Finished: SUCCESS\n", has_more=has_more))

    assert run.console_is_complete is is_complete


def test_an_empty_last_piece_completes_it():
    run = make_run()
    console.append(run, piece(b"Finished: SUCCESS\n", has_more=False))
    run.move_to(RunState.FINISHED, why="Jenkins ended it.")

    assert console.append(run, piece(b"", run.console_offset, has_more=False))

    assert run.console_is_complete


def test_with_fewer_bytes_than_its_log_it_is_not_complete_yet():
    run = make_run(state=RunState.FINISHED)

    console.append(run, ConsoleChunk(b"one\n", start=0, next_start=10, has_more=True))
    console.append(run, ConsoleChunk(b"two\n", start=10, next_start=20, has_more=False))

    assert (run.console_offset, run.console_is_complete) == (20, False)
    assert run.console_note == ""


def test_that_lines_may_be_missing_is_added_to_what_was_noted():
    run = make_run(state=RunState.FINISHED, console_note=console.ROTATED)

    console.complete(run, is_whole=False)

    assert run.console_is_complete
    assert run.console_note == f"{console.ROTATED} {console.UNEVEN}"
    assert [event.why for event in run.events.all()] == [console.UNEVEN]


@pytest.mark.parametrize(
    ("log", "has_all"),
    [
        (b"one \xff\ntwo\n", True),
        (b"one \xff\r\r\ntwo\r\n", True),
        (b"one\ntwo\n", False),  # without the blank
        (b"one \xff\ntwo\nthree\n", False),
        (b"one \xff\ntwo\nthree", False),  # a line that has no end
        (b"", False),
    ],
)
def test_what_is_missing_is_told_whatever_became_of_line_ends_and_letters(log, has_all):
    run = make_run()
    console.append(run, piece(b"one " + NOTE + "\ufffd\ntwo\n".encode()))

    assert console.has_all_of(run, [log[:2], log[2:]]) is has_all


def test_a_rotated_log_loses_nothing_that_was_stored():
    run = make_run()
    console.append(run, piece(b"before\n" * 10))

    console.append(run, ConsoleChunk(b"after\n", start=70, next_start=6, has_more=True))
    console.append(run, piece(b"more\n", 6))

    assert whole(run) == b"before\n" * 10 + b"after\nmore\n"
    assert run.console_note == console.ROTATED
    assert run.events.count() == 1


def test_beyond_the_cap_nothing_is_kept_and_the_offset_moves(settings):
    settings.CONSOLE_CAP_BYTES = 10
    run = make_run()

    append_all(run, b"123456\n" * 3, piece_bytes=7)

    assert whole(run) == b"123456\n123"
    assert (run.console_offset, run.console_bytes, run.console_lines) == (21, 10, 1)
    assert run.console_note.startswith("Only the first 10 bytes")
    assert run.events.count() == 1


def test_a_window_is_read_from_the_chunks_it_lies_in(django_assert_max_num_queries):
    run = make_run()
    append_all(run, some_log(60_000), piece_bytes=1_000_000)
    assert run.console_chunks.count() > 5

    with django_assert_max_num_queries(2):
        window = console.read_lines(run, 30_001, 500)

    assert [number for number, _ in window] == list(range(30_001, 30_501))
    assert window[0][1] == "line 30001 of the log, grün".encode()


def test_the_end_is_read_from_the_last_chunks(django_assert_max_num_queries):
    run = make_run()
    append_all(run, some_log(60_000), piece_bytes=1_000_000)

    with django_assert_max_num_queries(3):
        window = console.last_lines(run, 1_000)

    assert [number for number, _ in window] == list(range(59_001, 60_001))


def test_a_line_without_an_end_is_the_last_and_grows():
    run = make_run()
    console.append(run, piece(b"one\ntw"))
    assert console.last_lines(run, 5) == [(1, b"one"), (2, b"tw")]

    console.append(run, piece(b"o\n", 6))

    assert console.last_lines(run, 5) == [(1, b"one"), (2, b"two")]


def test_nothing_is_read_beyond_the_end():
    run = make_run()
    assert console.last_lines(run, 5) == []
    console.append(run, piece(b"one\n"))

    assert console.read_lines(run, 2, 5) == []
    assert console.read_lines(run, 99, 5) == []


def test_a_line_of_many_chunks_is_cut_and_stepped_over(django_assert_max_num_queries):
    run = make_run()
    long = os.urandom(10).hex().encode() * 200_000
    append_all(run, b"one\n" + long + b"\nthree\n", piece_bytes=1_000_000)
    assert run.console_chunks.count() > 10

    with django_assert_max_num_queries(4):
        window = console.read_lines(run, 1, 5)

    assert window == [(1, b"one"), (2, long[: console.LINE_SHOWN_BYTES + 1]), (3, b"three")]


@pytest.mark.parametrize("numbers", [100, 60_000, 1_000_000])
def test_a_progress_bar_of_many_chunks_shows_its_end(numbers, django_assert_max_num_queries):
    run = make_run()
    bar = b"\r".join(b"progress %d" % n for n in range(numbers))
    append_all(run, b"one\n" + bar + b"\r\nthree\n", piece_bytes=1_000_000)

    with django_assert_max_num_queries(4):
        window = console.read_lines(run, 1, 5)

    assert window == [(1, b"one"), (2, b"progress %d\r" % (numbers - 1)), (3, b"three")]


@given(st.lists(st.sampled_from([b"50 %", b"long", b"\r", b"\x1b[K"]), max_size=9))
def test_what_is_left_of_a_line_is_the_same_however_it_comes(names):
    pieces = [b"x" * 30_000 if name == b"long" else name for name in names]
    left = b""
    for each in pieces:
        left = console.left_of(left + each)

    assert len(left) < console.LINE_SHOWN_BYTES + 100
    whole = console.left_of(b"".join(pieces))
    shown, shown_at_once = (console.INVISIBLE.sub(b"", each) for each in (left, whole))
    assert shown[:1_000] == shown_at_once[:1_000]  # the cut counts what shows nothing, too


@pytest.mark.parametrize("before_the_seam", range(len(NOTE) + 1))
def test_a_hidden_note_across_a_seam_is_taken_out(before_the_seam):
    run = make_run()
    filling = b"x" * (console.CHUNK_BYTES - before_the_seam)

    append_all(run, filling + NOTE + b"admin\n", piece_bytes=1_000_000)

    assert whole(run) == filling + b"admin\n"


@pytest.mark.parametrize(
    "text",
    [
        b"ends in \x1b[8mha:",
        b"\x1b[8mha:" + b"A" * 600_000,
        b"\x1b[8mha:\nnext line\n",
        b"\x1b",
    ],
)
def test_a_note_without_an_end_is_text(text):
    run = make_run()
    append_all(run, text, piece_bytes=1_000_000)

    assert whole(run) == text


class AnyLog(TestCase):
    """The stored text and its lines are those that Jenkins sent, however it was cut."""

    @settings(max_examples=25, deadline=None)
    @given(
        texts=st.lists(st.binary(max_size=200), max_size=8),
        stretch=st.sampled_from([1, 1_500]),
        first=st.integers(1, 30),
        count=st.integers(1, 30),
    )
    def test_any_bytes_come_back(self, texts, stretch, first, count):
        run = make_run()
        texts = [text * stretch for text in texts]
        text = b""
        for each in texts:
            chunk = piece(each, run.console_offset)
            console.append(run, chunk)
            text = chunk.after(text)
        lines = list(enumerate(text.split(b"\n"), 1))
        if not lines[-1][1]:
            del lines[-1]
        bars = {n for n, line in lines if b"\r" in line}  # of many chunks not all are read

        def cut(lines):
            return [
                (n, n not in bars and line[: console.LINE_SHOWN_BYTES + 1]) for n, line in lines
            ]

        assert whole(run) == console.NOTE.sub(b"", text)
        assert cut(console.read_lines(run, first, count)) == cut(lines[first - 1 :][:count])
        assert cut(console.last_lines(run, count)) == cut(lines[-count:])
