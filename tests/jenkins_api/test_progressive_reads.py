"""However a log is split into progressive reads, the same bytes come out."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jenkins_api import Jenkins
from tests.jenkins_api.raw_server import KEEP_ALIVE, reply

LINES = st.lists(st.binary(max_size=30).map(lambda line: re.sub(rb"[\r\n]", b"", line) + b"\n"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(lines=LINES, lines_per_read=st.integers(1, 7), has_loose_end=st.booleans())
def test_any_split_gives_the_same_bytes(raw, lines, lines_per_read, has_loose_end):
    log = b"".join(lines) + b"no line end" * has_loose_end
    ends = [0, *(found.end() for found in re.finditer(rb"\n", log))][::lines_per_read]
    bounds = sorted({0, *ends, len(log)})
    answers = []
    for start, end in zip(bounds, bounds[1:] or bounds, strict=False):
        headers = [f"X-Text-Size: {end}", *(["X-More-Data: true"] if end < len(log) else [])]
        text = log[start:end].replace(b"\n", b"\r\n")
        answers.append(reply(200, text, KEEP_ALIVE, *headers, kind="text/plain"))
    server = raw(*answers)
    with Jenkins(server.url) as client:
        chunks = [client.console("x", 1)]
        while chunks[-1].has_more:
            chunks.append(client.console("x", 1, chunks[-1].next_start))
    asked = [re.search(rb"start=(\d+)", request)[1] for request in server.requests]
    assert [int(start) for start in asked] == (bounds[:-1] or [0])
    assert b"".join(chunk.text for chunk in chunks) == log
    assert all(chunk.is_even and not chunk.is_rotated for chunk in chunks)
