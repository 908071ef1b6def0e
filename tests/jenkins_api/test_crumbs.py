"""Crumbs: needed by passwords, never by tokens, renewed once (contract 2)."""

from __future__ import annotations

import json

import pytest

from jenkins_api import Jenkins, NotAuthorised, NotSent, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, reply

PASSWORD = {"user": "admin", "password": "pw"}
TAKEN = reply(201, b"", "Location: /queue/item/1/")
NO_CRUMBS = reply(200, b'{"useCrumbs": false}')
REFUSED = reply(403, b"<p>No valid crumb was included in the request", kind="text/html")


def crumb(value, cookie):
    body = json.dumps({"crumb": value, "crumbRequestField": "Jenkins-Crumb"}).encode()
    return reply(200, body, f"Set-Cookie: JSESSIONID.ab12={cookie}; Path=/; HttpOnly")


def test_the_crumb_is_fetched_once_and_sent_with_its_cookie(raw):
    server = raw(crumb("c1", "s1"), TAKEN, TAKEN)
    client = Jenkins(server.url, **PASSWORD)
    assert [client.start_build("smoke").crumb for _ in range(2)] == ["sent", "sent"]
    fetched, *posts = server.requests
    assert fetched.startswith(b"GET /crumbIssuer/api/json ")
    for post in posts:
        assert b"\r\nJenkins-Crumb: c1\r\n" in post
        assert b"\r\nCookie: JSESSIONID.ab12=s1\r\n" in post
    assert len(posts) == 2


def test_one_that_was_fetched_before_is_sent(raw):
    server = raw(crumb("c1", "s1"), TAKEN)
    client = Jenkins(server.url, **PASSWORD)
    assert client.fetch_crumb()
    assert client.start_build("smoke").crumb == "sent"
    assert len(server.requests) == 2
    assert not Jenkins(raw(reply(404), NO_CRUMBS).url, **PASSWORD).fetch_crumb()


def test_a_refused_crumb_is_renewed_once(raw):
    server = raw(crumb("c1", "s1"), REFUSED, crumb("c2", "s2"), TAKEN)
    ref = Jenkins(server.url, **PASSWORD).start_build("smoke")
    assert (ref.queue_id, ref.crumb) == (1, "renewed")
    assert b"\r\nJenkins-Crumb: c2\r\n" in server.requests[3]
    assert b"\r\nCookie: JSESSIONID.ab12=s2\r\n" in server.requests[3]


def test_a_crumb_that_stays_refused_is_an_error(raw):
    server = raw(crumb("c1", "s1"), REFUSED, crumb("c2", "s2"), REFUSED)
    with pytest.raises(NotAuthorised, match="No valid crumb"):
        Jenkins(server.url, **PASSWORD).start_build("smoke")
    assert len(server.requests) == 4


def test_a_password_given_as_a_token_is_refused_before_any_launch(raw):
    server = raw(REFUSED, reply(200, b'{"name": "admin", "anonymous": false}'))
    client = Jenkins(server.url, user="admin", token="pw")  # noqa: S106  made up for this test
    with pytest.raises(NotAuthorised, match="No valid crumb"):
        client.prove_token()
    assert client.prove_token().name == "admin"
    assert all(post.startswith(b"POST /whoAmI/api/json?") for post in server.requests)


def test_another_403_renews_nothing(raw):
    server = raw(crumb("c1", "s1"), reply(403))
    with pytest.raises(NotAuthorised):
        Jenkins(server.url, **PASSWORD).start_build("smoke")
    assert len(server.requests) == 2


def test_no_crumb_where_protection_is_off(raw):
    server = raw(reply(404), NO_CRUMBS, TAKEN)
    assert Jenkins(server.url, **PASSWORD).start_build("smoke").crumb == ""
    assert b"umb" not in server.requests[2]


def test_a_crumb_that_no_header_can_hold_is_not_sent(raw):
    server = raw(crumb("c1\nX-Other: 1", "s1"), TAKEN)
    with pytest.raises(NotSent):
        Jenkins(server.url, **PASSWORD).start_build("smoke")
    assert len(server.requests) == 1


def test_a_404_of_a_proxy_does_not_switch_protection_off(raw):
    server = raw(reply(404, b"nginx"), reply(200, b'{"useCrumbs": true}'))
    client = Jenkins(server.url, **PASSWORD)
    with pytest.raises(UnexpectedAnswer) as caught:
        client.start_build("smoke")
    assert caught.value.status == 404
    assert len(server.requests) == 2


def test_no_crumb_with_a_token(raw):
    server = raw(TAKEN)
    assert Jenkins(server.url, **SIGNED_IN).start_build("smoke").crumb == ""
    assert len(server.requests) == 1


def test_a_token_alone_needs_neither_crumb_nor_user(raw):
    server = raw(TAKEN)
    Jenkins(server.url, **PASSWORD).start_build_by_token("smoke", "secret")
    (request,) = server.requests
    assert b"Authorization" not in request
    head, _, body = request.partition(b"\r\n\r\n")
    assert b"secret" not in head
    assert b"token=secret" in body
