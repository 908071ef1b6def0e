"""Consoles of any length: read in parts of which only the last one moves the offset."""

from __future__ import annotations

import tracemalloc

import pytest

from jenkins_api import AnswerLost, Jenkins, UnexpectedAnswer
from tests.jenkins_api.raw_server import reply

LINE = b"line %07d of an agent on Windows\r\n"
LINES = 600_000
MIB = 1024 * 1024


def windows_log() -> bytes:
    """Some 20 MB whose line ends are CRLF in Jenkins too, so its answer has them as they are."""
    return b"".join(LINE % number for number in range(LINES))


def answer(text: bytes, size: int, *headers: str) -> bytes:
    return reply(200, text, f"X-Text-Size: {size}", *headers, kind="text/plain;charset=utf-8")


def test_each_line_comes_once_and_the_offset_is_jenkinss(raw):
    log = windows_log()
    with Jenkins(raw(answer(log, len(log))).url) as client:
        chunks = list(client.console_chunks("x", 1))
    assert b"".join(chunk.text for chunk in chunks) == log.replace(b"\r\n", b"\n")
    *parts, last = chunks
    assert len(parts) > 2
    assert {(part.is_part, part.next_start, part.has_more) for part in parts} == {(True, 0, True)}
    assert (last.is_part, last.next_start, last.has_more) == (False, len(log), False)
    assert last.moved_bytes - last.size_bytes == LINES  # a CR of each line, which is told


def test_carriage_returns_are_kept_wherever_an_answer_is_parted(raw):
    log = b"\r50 %\r100 %\r\r\n" * 700_000
    with Jenkins(raw(answer(log, len(log))).url) as client:
        whole = b"".join(chunk.text for chunk in client.console_chunks("x", 1))
    assert whole == b"\r50 %\r100 %\n" * 700_000


def test_it_needs_little_memory(raw):
    part = LINE % 1 * (MIB // len(LINE % 1))
    size = 60 * len(part)

    def send(connection):
        head = f"HTTP/1.1 200 OK\r\nX-Text-Size: {size}\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(60):
            connection.sendall(part)

    with Jenkins(raw(send).url) as client:
        tracemalloc.start()
        for chunk in client.console_chunks("x", 1):
            size_bytes = chunk.size_bytes
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size_bytes == size - part.count(b"\n") * 60
    assert peak_bytes < 32 * MIB


def test_one_that_breaks_off_says_so_and_gives_no_offset(raw):
    log = windows_log()
    half = answer(log, len(log))[: 10 * MIB]
    chunks = Jenkins(raw(half).url).console_chunks("x", 1)
    with pytest.raises(AnswerLost):
        assert all(chunk.next_start == 0 for chunk in chunks)


def test_a_rotated_one_says_so_at_its_end(raw):
    log = windows_log()
    with Jenkins(raw(answer(log, len(log), "X-More-Data: true")).url) as client:
        *parts, last = client.console_chunks("x", 1, 90_000_000)
    assert not any(part.is_rotated for part in parts)
    assert last.is_rotated
    assert last.has_more
    assert last.moved_bytes == len(log)


def test_at_once_it_is_refused_rather_than_cut(raw):
    log = windows_log()
    with pytest.raises(UnexpectedAnswer, match="more than"):
        Jenkins(raw(answer(log, len(log))).url).console("x", 1)
