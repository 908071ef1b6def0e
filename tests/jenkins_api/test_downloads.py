"""Long consoles and artifacts: streamed, and gone on with where they broke off."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from jenkins_api import AnswerLost, Jenkins, NotAuthorised, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, reply

DATA = bytes(range(256)) * 1000


def test_a_whole_console_needs_little_memory(raw):
    size_bytes = 40 * 1024 * 1024

    def send(connection):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size_bytes}"
        connection.sendall(head.encode() + b"\r\n\r\n")
        for _ in range(size_bytes // 65536):
            connection.sendall(b"x" * 65536)

    client = Jenkins(raw(send).url)
    with open("/dev/null", "wb") as nowhere:
        tracemalloc.start()
        assert client.save_console("x", 1, nowhere) == size_bytes
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 4 * 1024 * 1024


def test_a_page_is_no_console(raw):
    server = raw(reply(200, b"<p>Sign in", kind="text/html"))
    with pytest.raises(UnexpectedAnswer) as caught:
        Jenkins(server.url).save_console("x", 1, io.BytesIO())
    assert caught.value.reason == "Sign in"


def test_an_artifact_that_broke_off_is_gone_on_with(raw):
    half = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DATA) + DATA[:100_000]
    rest = reply(206, DATA[100_000:], f"Content-Range: bytes 100000-255999/{len(DATA)}")
    server = raw(half, rest)
    client = Jenkins(server.url)
    saved = io.BytesIO()
    with pytest.raises(AnswerLost):
        client.save_artifact("x", 1, "logs/a b.bin", saved)
    start = len(saved.getvalue())
    assert start == 100_000
    assert client.save_artifact("x", 1, "logs/a b.bin", saved, start) == len(DATA) - start
    assert saved.getvalue() == DATA
    assert server.requests[1].startswith(b"GET /job/x/1/artifact/logs/a%20b.bin HTTP")
    assert b"\r\nRange: bytes=100000-\r\n" in server.requests[1]


@pytest.mark.parametrize("start", [0, 1, 65536, 70_000, len(DATA)])
def test_a_server_without_ranges_sends_all_and_the_start_is_dropped(raw, start):
    saved = io.BytesIO()
    size = Jenkins(raw(reply(200, DATA)).url).save_artifact("x", 1, "a", saved, start)
    assert saved.getvalue() == DATA[start:]
    assert size == len(DATA) - start


def test_nothing_lies_behind_the_end(raw):
    server = raw(reply(416), reply(416, b"", "Content-Range: bytes */5"))
    for _ in range(2):
        assert Jenkins(server.url).save_artifact("x", 1, "a", io.BytesIO(), 5) == 0


@pytest.mark.parametrize(
    ("status", "given"),
    [(206, "bytes 0-0/9"), (206, "bytes 5-5/9"), (206, "bytes 5-5/*"), (416, "bytes */4")],
)
def test_a_range_that_is_not_the_rest_is_unexpected(raw, status, given):
    server = raw(reply(status, b"x", f"Content-Range: {given}"))
    saved = io.BytesIO()
    with pytest.raises(UnexpectedAnswer, match="another part"):
        Jenkins(server.url).save_artifact("x", 1, "a", saved, 5)
    assert saved.getvalue() == b""


def test_another_host_is_not_asked(raw):
    elsewhere = raw(reply(200, DATA))
    server = raw(reply(302, b"", f"Location: {elsewhere.url}/a?signature=x"))
    with pytest.raises(UnexpectedAnswer, match="redirected") as caught:
        Jenkins(server.url, **SIGNED_IN).save_artifact("x", 1, "a", io.BytesIO())
    assert not isinstance(caught.value, NotAuthorised)
    assert "signature" not in str(caught.value)
    assert elsewhere.requests == []


def test_a_login_page_in_place_of_an_artifact_is_not_authorised(raw):
    server = raw(reply(302, b"", "Location: /login?from=%2F"))
    with pytest.raises(NotAuthorised):
        Jenkins(server.url).save_artifact("x", 1, "a", io.BytesIO())


@pytest.mark.parametrize("path", ["", "../../../config.xml", "a/../b", "/etc/passwd", "a//b"])
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValueError, match="not the path"):
        Jenkins("http://ci.invalid").save_artifact("x", 1, path, io.BytesIO())
