"""What the client makes of servers that fail, lie, hang or send something else."""

from __future__ import annotations

import gzip
import logging
import pickle
import socket
import threading
import time
import traceback

import pytest

from jenkins_api import (
    AnswerLost,
    Jenkins,
    JenkinsError,
    NotAuthorised,
    NotSent,
    UnexpectedAnswer,
)
from tests.jenkins_api.raw_server import KEEP_ALIVE, SIGNED_IN, client_of, drip, reply

QUEUE = b'{"items": []}'


@pytest.fixture
def closed_port():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # without listening, so that nobody else takes the port
        yield nobody.getsockname()[1]


def test_a_refused_connection_was_not_sent(closed_port):
    client = Jenkins(f"http://127.0.0.1:{closed_port}", **SIGNED_IN)
    with pytest.raises(NotSent, match="refused"):
        client.start_build("qa/smoke")


@pytest.mark.parametrize("host", ["nosuch.invalid", "no..such", "x" * 70 + ".invalid"])
def test_a_name_that_is_not_known_was_not_sent(host):
    with pytest.raises(NotSent):
        Jenkins(f"http://{host}", **SIGNED_IN).start_build("qa/smoke")


def test_a_connection_that_takes_too_long_was_not_sent():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # with the queue full, the kernel leaves the next one waiting
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        client = Jenkins(f"http://127.0.0.1:{port}", **SIGNED_IN, connect_timeout_s=0.3)
        with pytest.raises(NotSent, match="time limit"):
            client.start_build("qa/smoke")
        for filler in fillers:
            filler.close()


def test_a_closed_connection_after_the_request_is_a_lost_answer(raw):
    server = raw(b"")
    with pytest.raises(AnswerLost):
        client_of(server).start_build("qa/smoke", {"TestPlanName": "smoke"})
    assert len(server.requests) == 1  # and it was not sent again
    assert b"TestPlanName=smoke" in server.requests[0]


def test_silence_is_a_lost_answer(raw):
    heard = threading.Event()
    server = raw(lambda connection: heard.wait(600))
    try:
        with pytest.raises(AnswerLost, match="silent"):
            client_of(server, read_timeout_s=0.2).start_build("qa/smoke")
    finally:
        heard.set()
    assert len(server.requests) == 1


def test_a_body_that_drips_does_not_go_on_for_ever(raw):
    server = raw(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"))
    with pytest.raises(AnswerLost, match="longer than"):
        client_of(server, answer_timeout_s=0.3).queue()


@pytest.mark.parametrize(
    "call", [Jenkins.queue, Jenkins.is_up, lambda client: client.start_build("x")]
)
def test_headers_that_drip_do_not_go_on_for_ever(raw, call):
    server = raw(drip(b"HTTP/1.1 200 OK\r\nX-Long: "))
    with pytest.raises(AnswerLost, match="longer than"):
        call(client_of(server, answer_timeout_s=0.3))


def test_a_deadline_is_that_of_one_request(raw):
    server = raw(reply(200, QUEUE, KEEP_ALIVE))
    with client_of(server, answer_timeout_s=2) as client:
        assert client.queue().items == ()
        time.sleep(2.1)  # longer than one answer may take
        assert client.queue().items == ()
    assert server.connections == 1


@pytest.mark.parametrize(
    "half",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + QUEUE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + QUEUE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + QUEUE + b"\r\n",
        b"HTTP/1.1 2",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_half_an_answer_is_a_lost_answer(raw, half):
    with pytest.raises(AnswerLost):
        client_of(raw(half)).queue()


@pytest.mark.parametrize(
    "body",
    [
        b"<html><h1>Welcome to nginx</h1></html>",
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"items": 3}',
        b'{"items": ["a"]}',
        b'{"items": [{"id": "34", "inQueueSince": 1}]}',
        b'{"items": [{"id": true, "inQueueSince": 1}]}',
        b'{"items": [{"id": 1e3, "inQueueSince": 1}]}',
        b'{"items": [{"id": 99999999999999999999, "inQueueSince": 1}]}',
        b'{"items": [{"inQueueSince": 1}]}',
        b'{"items": [{"id": 1, "inQueueSince": 1, "task": "x"}]}',
        b'{"items": [{"id": 1, "inQueueSince": 1, "why": {}}]}',
        b'{"items": [{"id": 1, "inQueueSince": 1, "stuck": "no"}]}',
        b'{"items": [{"id": NaN, "inQueueSince": 1}]}',
        b"[" * 100_000,
        b"\xff\xfe\xfd",
        b'{"items": []} and more',
    ],
)
def test_what_is_not_the_json_asked_for_is_unexpected(raw, body):
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(200, body))).queue()
    assert caught.value.status == 200


def test_html_in_place_of_json_tells_what_it_says(raw):
    page = b"<html><head><style>p {}</style></head><body><p>Please <b>sign in</b></body></html>"
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(200, page, kind="text/html"))).queue()
    assert caught.value.reason == "Please sign in"


def test_broken_compression_is_unexpected(raw):
    with pytest.raises(UnexpectedAnswer, match="compression"):
        client_of(raw(reply(200, b"no gzip at all", "Content-Encoding: gzip"))).queue()


def test_json_that_unpacks_beyond_the_cap_is_refused(raw):
    packed = gzip.compress(QUEUE + b" " * (65 * 1024 * 1024), compresslevel=1)
    with pytest.raises(UnexpectedAnswer, match="longer than"):
        client_of(raw(reply(200, packed, "Content-Encoding: gzip"))).queue()


@pytest.mark.parametrize(("escaped", "stored"), [("\\ud800", "a?b"), ("\\u0000", "a\ufffdb")])
def test_what_no_database_holds_becomes_storable(raw, escaped, stored):
    body = f'{{"items": [{{"id": 1, "inQueueSince": 1, "why": "a{escaped}b"}}]}}'.encode()
    (item,) = client_of(raw(reply(200, body))).queue().items
    assert item.why == stored


def test_a_post_never_uses_a_pooled_connection(raw):
    listing = reply(200, QUEUE, KEEP_ALIVE)
    server = raw(listing, listing, reply(201, b"", "Location: /queue/item/1/"))
    with client_of(server) as client:
        client.queue()
        client.queue()
        assert server.connections == 1
        client.start_build("smoke")
    assert server.connections == 2


def test_threads_share_one_client(raw):
    server = raw(reply(200, QUEUE, KEEP_ALIVE))
    failures = []

    def ask(client):
        try:
            for _ in range(20):
                client.queue()
        except JenkinsError as error:
            failures.append(error)

    with client_of(server) as client:
        threads = [threading.Thread(target=ask, args=(client,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(server.requests) == 160
    assert server.connections <= 8


def test_cookies_are_never_sent_back(raw):
    server = raw(reply(200, QUEUE, "Set-Cookie: JSESSIONID.x=1; Path=/", KEEP_ALIVE))
    client = client_of(server)
    client.queue()
    client.queue()
    assert b"cookie" not in b"".join(server.requests).lower()


def test_credentials_are_utf_8_and_netrc_is_not_read(raw, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = raw(reply(200, QUEUE))
    Jenkins(server.url, user="jürgen", token="tök").queue()  # noqa: S106 - not a real one
    assert b"Basic asO8cmdlbjp0w7Zr" in server.requests[0]
    Jenkins(server.url).queue()
    assert b"Authorization" not in server.requests[1]


def test_is_up_needs_no_credentials(raw):
    server = raw(reply(200, b"", "X-Jenkins: 2.579"))
    assert client_of(server).is_up().version == "2.579"
    assert server.requests[0].startswith(b"HEAD /login ")
    assert b"Authorization" not in server.requests[0]


def test_no_secret_in_errors_reprs_and_logs(raw, closed_port, caplog):
    caplog.set_level(logging.DEBUG)
    servers = [raw(b""), raw(reply(401)), raw(reply(200, b"{")), raw(reply(302, b""))]
    password = {"ApiKey": "p4ss"}  # not in the lines below, which stand in the tracebacks
    told = []
    for url in [f"http://127.0.0.1:{closed_port}", *(server.url for server in servers)]:
        client = Jenkins(url, **SIGNED_IN)
        told.append(repr(client))
        for call, arguments in ((client.queue, ()), (client.start_build, ("smoke", password))):
            with pytest.raises(JenkinsError) as caught:
                call(*arguments)
            told += traceback.format_exception(caught.value)
            told += [repr(caught.value), caught.value.url]
            assert "?" not in caught.value.url
    everything = "\n".join(told) + caplog.text
    assert "127.0.0.1" in everything
    for secret in (SIGNED_IN["token"], "p4ss", "YWRtaW46"):
        assert secret not in everything


def test_what_requests_knows_of_the_request_is_not_handed_on(raw, closed_port):
    for url in (raw(b"").url, f"http://127.0.0.1:{closed_port}"):
        with pytest.raises(JenkinsError) as caught:
            Jenkins(url, **SIGNED_IN).start_build("smoke", {"ApiKey": "p4ss"})
        assert caught.value.__cause__.request is None


def test_an_error_can_be_handed_to_another_process(raw):
    headers = ["X-Required-Permission: hudson.model.Item.Build", "X-Error: No"]
    with pytest.raises(NotAuthorised) as caught:
        client_of(raw(reply(403, b"", *headers))).queue()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (type(again), str(again)) == (NotAuthorised, str(caught.value))
    assert vars(again) == vars(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ci.example",
        "ftp://ci.example",
        "http://",
        "http://admin:pw@ci.example",
        "http://ci.example/?x=1",
        "http://[x",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(url):
    with pytest.raises(ValueError, match=r"address|IPv6") as caught:
        Jenkins(url)
    assert "pw" not in str(caught.value)


def test_an_error_that_the_caller_is_handling_says_nothing_about_the_next(raw, closed_port):
    server = raw(b"")
    try:
        Jenkins(f"http://127.0.0.1:{closed_port}").is_up()
    except NotSent:
        with pytest.raises(AnswerLost):
            client_of(server).start_build("smoke")
