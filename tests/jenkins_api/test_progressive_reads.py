"""However a log is split into progressive reads, the same bytes come out."""

from __future__ import annotations

import re
from functools import reduce

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jenkins_api import ConsoleChunk, Jenkins
from tests.jenkins_api.raw_server import KEEP_ALIVE, reply

LOGS = st.lists(st.sampled_from([b"a", b"\r", b"\n", "ü".encode(), b"\xff"])).map(b"".join)


def as_sent(stored: bytes) -> bytes:
    """What Jenkins makes of the line ends in one answer. Source: LineEndNormalizingWriter."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", stored)


def read(raw, log: bytes, bounds: list[int]) -> list[ConsoleChunk]:
    """Read ``log`` with one request for each stretch between two bounds."""
    answers = []
    for start, end in zip(bounds, bounds[1:] or bounds, strict=False):
        headers = [f"X-Text-Size: {end}", *(["X-More-Data: true"] if end < len(log) else [])]
        answers.append(reply(200, as_sent(log[start:end]), KEEP_ALIVE, *headers, kind="text/plain"))
    server = raw(*answers)
    with Jenkins(server.url) as client:
        chunks = [client.console("x", 1)]
        while chunks[-1].has_more:
            chunks.append(client.console("x", 1, chunks[-1].next_start))
    asked = [re.search(rb"start=(\d+)", request)[1] for request in server.requests]
    assert [int(start) for start in asked] == (bounds[:-1] or [0])
    return chunks


def joined(chunks: list[ConsoleChunk]) -> bytes:
    """The chunks as one text."""
    return reduce(lambda text, chunk: chunk.after(text), chunks, b"")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@example(log=b"one\r\ntwo\n", cuts=[4])
@example(log=b"one\r\r\ntwo\n", cuts=[4])
@example(log=b"50 %\r100 %\n", cuts=[5])
@given(log=LOGS, cuts=st.lists(st.integers(1, 20)))
def test_any_split_gives_the_same_bytes(raw, log, cuts):
    bounds = sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})
    whole = joined(read(raw, log, sorted({0, len(log)})))
    assert whole == re.sub(rb"\r+\n", b"\n", log)
    chunks = read(raw, log, bounds)
    assert joined(chunks) == whole
    assert not any(chunk.is_rotated for chunk in chunks)
    if b"\r" not in log:
        assert all(chunk.size_bytes == chunk.moved_bytes for chunk in chunks)
