"""How launches go out, and where they went."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from jenkins_api import Declined, Jenkins, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, client_of, reply


@pytest.mark.parametrize("headers", [[], ["Location: /"], ["Location: /queue/item/x/"]])
def test_a_launch_without_a_queue_item_keeps_its_status(raw, headers):
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(201, b"", *headers))).start_build("qa/smoke")
    assert caught.value.status == 201


@pytest.mark.parametrize(
    "location", [".", "/job/qa/job/my%20job/", "http://x/ci/job/qa/job/my job"]
)
def test_a_plugin_that_refuses_a_launch_leads_back_to_the_job(raw, location):
    with pytest.raises(Declined):
        client_of(raw(reply(302, b"", f"Location: {location}"))).start_build("qa/my job", {})


@pytest.mark.parametrize("location", ["/job/qa/job/x/build", "/job/qa/", "/queue/item/34/", "/"])
def test_another_redirect_does_not_say_that_a_launch_was_refused(raw, location):
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(302, b"", f"Location: {location}"))).start_build("qa/x")
    assert type(caught.value) is UnexpectedAnswer


@pytest.mark.parametrize(
    "location",
    [
        "https://other.example/queue/item/34/",
        "http://other.example:8080/ci/jenkins/queue/item/34",
        "/queue/item/34/",
    ],
)
def test_the_queue_id_is_taken_from_whatever_host_is_named(raw, location):
    server = raw(reply(201, b"", f"Location: {location}"))
    assert client_of(server).start_build("qa/smoke").queue_id == 34


@pytest.mark.parametrize("base", ["/jenkins", "/jenkins/", "/a b/ci"])
def test_a_base_path_stands_before_every_path(raw, base):
    server = raw(reply(201, b"", "Location: /queue/item/34/"))
    Jenkins(server.url + base, **SIGNED_IN).start_build("qa/my job")
    target = server.requests[0].split(b" ")[1]
    assert target == base.rstrip("/").replace(" ", "%20").encode() + (
        b"/job/qa/job/my%20job/build?delay=0sec"
    )


def test_a_parameter_named_delay_comes_once(raw):
    server = raw(reply(201, b"", "Location: /queue/item/34/"))
    client = client_of(server)
    client.start_build("smoke", {"delay": "mine"})
    client.start_build_by_token("smoke", "secret", {"delay": "mine"})
    for request in server.requests:
        assert request.count(b"delay") == 1
        assert b"delay=mine" in request


@pytest.mark.parametrize("name", ["token", "cause"])
def test_a_name_that_we_need_ourselves_is_refused_before_anything_is_sent(raw, name):
    server = raw(reply(201, b"", "Location: /queue/item/34/"))
    client = client_of(server)
    client.start_build("smoke", {name: "mine"})
    ours = {"parameters": {name: "mine"}, "trigger_token": "secret", "cause": "us"}
    for call in (client.start_build, client.start_build_by_token):
        with pytest.raises(ValueError, match=f"named {name}"):
            call("smoke", **ours)
    with pytest.raises(ValueError, match="named job"):
        client.start_build_by_token("smoke", "secret", {"job": "mine"})
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("delay_s", "query"), [(0, b"?delay=0sec"), (7, b"?delay=7sec"), (None, b"")]
)
def test_the_delay_is_in_seconds_or_left_to_jenkins(raw, delay_s, query):
    server = raw(reply(201, b"", "Location: /queue/item/34/"))
    client_of(server).start_build("smoke", {}, delay_s=delay_s)
    assert server.requests[0].startswith(b"POST /job/smoke/buildWithParameters" + query + b" HTTP")


def test_parameters_go_in_the_body_and_never_in_the_address(raw):
    server = raw(reply(201, b"", "Location: /queue/item/34/"))
    values = {"TestPlanName": "ü/&+\n=", "Empty": "", "Long": "x" * 100_000}
    client_of(server).start_build("smoke", values)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert parse_qs(body.decode(), keep_blank_values=True) == {
        name: [value] for name, value in values.items()
    }
    assert b"Plan" not in head
