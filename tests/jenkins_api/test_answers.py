"""Bodies of answers: packed whole, in several files, half, or not at all; what is not shown."""

from __future__ import annotations

import gzip
import io

import pytest
from requests.structures import CaseInsensitiveDict

from jenkins_api import AnswerLost, Jenkins, UnexpectedAnswer
from jenkins_api.answers import Answer
from jenkins_api.calls.consoles import MOST_CONSOLE_BYTES
from tests.jenkins_api.raw_server import reply

LOG = b"".join(b"line %d\n" % number for number in range(50_000))
PACKED = gzip.compress(LOG)


def packed(body: bytes) -> bytes:
    headers = ("Content-Encoding: gzip", f"X-Text-Size: {len(LOG)}")
    return reply(200, body, *headers, kind="text/plain;charset=utf-8")


@pytest.mark.parametrize("body", [PACKED, gzip.compress(LOG[:999]) + gzip.compress(LOG[999:])])
def test_a_packed_log_comes_whole(raw, body):
    client = Jenkins(raw(packed(body)).url)
    saved = io.BytesIO()
    assert client.save_console("x", 1, saved) == len(LOG)
    assert saved.getvalue() == client.console("x", 1).text == LOG


@pytest.mark.parametrize("end", [5, len(PACKED) // 2, -9, -1])
def test_half_a_packed_log_is_a_lost_answer_though_its_length_is_right(raw, end):
    client = Jenkins(raw(packed(PACKED[:end])).url)
    with pytest.raises(AnswerLost, match="half"):
        client.save_console("x", 1, io.BytesIO())
    with pytest.raises(AnswerLost, match="half"):
        client.console("x", 1)


def test_nothing_at_all_is_an_empty_log(raw):
    assert Jenkins(raw(packed(b"")).url).console("x", 1).text == b""


def test_what_unpacks_to_more_than_may_be_is_not_unpacked(raw):
    bomb = gzip.compress(b"x" * (MOST_CONSOLE_BYTES + 1), compresslevel=1)
    with pytest.raises(UnexpectedAnswer, match="more than"):
        Jenkins(raw(packed(bomb)).url).console("x", 1)


def test_an_answer_does_not_show_its_cookies():
    headers = CaseInsensitiveDict({"Set-Cookie": "JSESSIONID.ab12=s1", "X-Jenkins": "2.579"})
    answer = Answer("http://ci.example/login", 200, headers, b"", False, 0.1, None)
    assert answer.version == "2.579"
    assert "s1" not in repr(answer)


def test_only_what_tells_its_end_is_asked_for(raw):
    server = raw(packed(PACKED))
    Jenkins(server.url).console("x", 1)
    assert b"\r\nAccept-Encoding: gzip\r\n" in server.requests[0]
