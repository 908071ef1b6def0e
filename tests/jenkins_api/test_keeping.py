"""Keep forever is a toggle in Jenkins: what is asked for must come out all the same."""

from __future__ import annotations

import json

import pytest

from jenkins_api import AnswerLost, Jenkins
from tests.jenkins_api.raw_server import SIGNED_IN, RawServer, reply

TOGGLED = reply(302, b"", "Location: /job/x/1/")
LOST = b""


def told(is_kept):
    return reply(200, json.dumps({"number": 1, "timestamp": 1, "keepLog": is_kept}).encode())


def methods(server):
    return [request.split(b" ")[0].decode() for request in server.requests]


def test_a_toggle_that_somebody_else_undid_is_repeated_once(raw):
    server = raw(told(False), TOGGLED, told(False), TOGGLED, told(True))
    assert Jenkins(server.url, **SIGNED_IN).set_kept("x", 1, True).is_kept
    assert methods(server) == ["GET", "POST", "GET", "POST", "GET"]


def test_a_toggle_without_an_answer_is_looked_at_and_not_repeated(raw):
    server = raw(told(False), LOST, told(True))
    assert Jenkins(server.url, **SIGNED_IN).set_kept("x", 1, True).is_kept
    assert methods(server).count("POST") == 1


def test_a_lost_toggle_that_did_nothing_is_a_lost_answer(raw):
    server = raw(told(False), LOST, told(False))
    with pytest.raises(AnswerLost):
        Jenkins(server.url, **SIGNED_IN).set_kept("x", 1, True)
    assert methods(server) == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("before", "tell"),
    [
        ([], lambda client: client.set_enabled("x", False)),
        ([told(False)], lambda client: client.set_kept("x", 1, True)),
    ],
)
def test_what_was_told_is_never_said_to_be_not_sent(before, tell):
    def take_it_and_go(connection):
        server.close()  # nobody listens any more when it is read back
        connection.sendall(
            reply(302, b"", "Location: /job/x/1/" if before else "Location: /job/x/")
        )

    server = RawServer(*before, take_it_and_go)
    with pytest.raises(AnswerLost, match="not read back"):
        tell(Jenkins(server.url, **SIGNED_IN))
