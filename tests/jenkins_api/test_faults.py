"""What the client makes of servers that fail, lie, hang or send something else."""

from __future__ import annotations

import gzip
import logging
import pickle
import socket
import threading
import time
import traceback
from urllib.parse import parse_qs

import pytest

from jenkins_api import (
    AnswerLost,
    Jenkins,
    JenkinsError,
    NotAuthorised,
    NotSent,
    Unavailable,
    UnexpectedAnswer,
)
from tests.jenkins_api.raw_server import KEEP_ALIVE, SIGNED_IN, reply

QUEUE = b'{"items": []}'


def client_of(server, **options):
    return Jenkins(server.url, **SIGNED_IN, **{"read_timeout_s": 5, **options})


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


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
    server = raw(lambda connection: heard.wait(10))
    try:
        with pytest.raises(AnswerLost, match="silent"):
            client_of(server, read_timeout_s=0.2).start_build("qa/smoke")
    finally:
        heard.set()
    assert len(server.requests) == 1


def test_a_body_that_drips_does_not_go_on_for_ever(raw):
    stop = threading.Event()

    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop.wait(0.05):
            connection.sendall(b" ")

    try:
        with pytest.raises(AnswerLost, match="longer than"):
            client_of(raw(drip), answer_timeout_s=0.3).queue()
    finally:
        stop.set()


@pytest.mark.parametrize(
    "call", [Jenkins.queue, Jenkins.is_up, lambda client: client.start_build("x")]
)
def test_headers_that_drip_do_not_go_on_for_ever(raw, call):
    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(100):  # until the client hangs up
            time.sleep(0.05)
            connection.sendall(b"a")

    began = time.monotonic()
    with pytest.raises(AnswerLost):
        call(client_of(raw(drip), answer_timeout_s=0.3))
    assert time.monotonic() - began < 4


def test_a_deadline_is_that_of_one_request(raw):
    client = client_of(raw(reply(200, QUEUE, KEEP_ALIVE)), answer_timeout_s=0.5)
    until = time.monotonic() + 0.8
    while time.monotonic() < until:  # on one connection, for longer than one answer may take
        assert client.queue().items == ()


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


@pytest.mark.parametrize(
    "location",
    [
        "/login?from=%2Fqueue",
        "/securityRealm/commenceLogin?from=%2F",
        "https://sso.example/oauth2/authorize?client=x",
        "https://idp.example/realms/qa/protocol/openid-connect/auth?client_id=x",
        "https://gitlab.example/users/sign_in",
        "https://adfs.example/adfs/ls/?wa=wsignin1.0",
        "https://authelia.example/?rd=https%3A%2F%2Fci.example",
        "https://idp.example/authorize?client_id=x",
    ],
)
def test_a_redirect_to_a_login_page_is_not_authorised(raw, location):
    server = raw(reply(302, b"", f"Location: {location}"))
    for call in (
        lambda client: client.queue(),
        lambda client: client.stop_build("qa/smoke", 1),
        lambda client: client.start_build("qa/smoke"),
    ):
        with pytest.raises(NotAuthorised) as caught:
            call(client_of(server))
        assert caught.value.status == 302
        assert "?" not in str(caught.value)


def test_a_303_to_a_login_page_is_no_launch(raw):
    with pytest.raises(NotAuthorised):
        client_of(raw(reply(303, b"", "Location: /login"))).start_build("qa/smoke")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Location: https://ci.example/job/login/1/stop"],
        ["Location: http://[x/"],
        ["Location: /"],
    ],
)
def test_any_other_redirect_is_unexpected(raw, headers):
    server = raw(reply(302, b"", *headers))
    for call in (
        lambda client: client.queue(),
        lambda client: client.stop_build("login", 1),
        lambda client: client.start_build("login"),
    ):
        with pytest.raises(UnexpectedAnswer) as caught:
            call(client_of(server))
        assert not isinstance(caught.value, NotAuthorised)
    assert len(server.requests) == 3  # none was followed


@pytest.mark.parametrize("root", ["https://ci.example", "http://127.0.0.1"])
def test_the_same_page_elsewhere_is_no_login_page(raw, root):
    page = "/sso/ci/queue/api/json"
    server = raw(reply(301, b"", f"Location: {root}{page}"), reply(302, b"", "Location: /sso/ci/"))
    client = Jenkins(f"{server.url}/sso/ci", **SIGNED_IN)
    for _ in range(2):
        with pytest.raises(UnexpectedAnswer) as caught:
            client.queue()
        assert not isinstance(caught.value, NotAuthorised)


def test_a_login_page_below_a_base_path_is_one(raw):
    server = raw(reply(302, b"", "Location: /sso/ci/login?from=%2F"))
    with pytest.raises(NotAuthorised):
        Jenkins(f"{server.url}/sso/ci", **SIGNED_IN).queue()


def test_503_is_unavailable(raw):
    page = "<title>Starting Jenkins</title><h1>Please wait …</h1>".encode()
    server = raw(reply(503, page, kind="text/html;charset=utf-8"))
    with pytest.raises(Unavailable) as caught:
        client_of(server).is_up()
    with pytest.raises(Unavailable) as caught:
        client_of(server).queue()
    assert caught.value.reason == "Starting Jenkins Please wait …"
    assert caught.value.is_from_jenkins


def test_a_503_that_does_not_name_jenkins_may_be_a_proxys(raw):
    with pytest.raises(Unavailable) as caught:
        client_of(raw(reply(503, b"upstream connect error", kind="text/plain"))).queue()
    assert not caught.value.is_from_jenkins


@pytest.mark.parametrize(
    ("status", "is_final"), [(400, True), (404, True), (429, False), (500, False), (502, False)]
)
def test_a_no_is_final_where_jenkins_would_say_it_again(raw, status, is_final):
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(status, b""))).queue()
    assert caught.value.is_final == is_final


@pytest.mark.parametrize(
    ("after", "after_s"),
    [
        ("7", 7),
        ("7  ", 7),
        ("soon", None),
        ("-1", None),
        ("Wed, 25 Nov 2026 09:02:00 GMT", 120),
        ("Wed, 25 Nov 2026 08:00:00 GMT", 0),
        ("Wed, 25 Nov 99999999999 08:00:00 GMT", None),
    ],
)
def test_503_may_tell_when_to_ask_again(raw, after, after_s):
    headers = [f"Retry-After: {after}", "Date: Wed, 25 Nov 2026 09:00:00 GMT"]
    with pytest.raises(Unavailable) as caught:
        client_of(raw(reply(503, b"", *headers))).queue()
    assert caught.value.retry_after_s == after_s


def test_403_names_the_missing_permission(raw):
    server = raw(reply(403, b"", "X-Required-Permission: hudson.model.Item.Build"))
    with pytest.raises(NotAuthorised) as caught:
        client_of(server).start_build("qa/smoke")
    assert caught.value.permission == "hudson.model.Item.Build"


def test_a_date_to_ask_again_says_nothing_without_the_clock_it_goes_by(raw):
    after = "Retry-After: Wed, 25 Nov 2026 09:02:00 GMT"
    with pytest.raises(Unavailable) as caught:
        client_of(raw(reply(503, b"", after))).queue()
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize("status", [404, 500])
def test_only_jenkins_knows_that_an_item_has_left(raw, status):
    with pytest.raises(UnexpectedAnswer):
        client_of(raw(reply(status, b"upstream crashed"))).cancel_queue_item(3)
    assert not client_of(raw(reply(status, b"", "X-Jenkins: 2.579"))).cancel_queue_item(3)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.revoke_api_token("a-uuid"),
        lambda client: client.poll_scm_by_token("smoke", "secret"),
        lambda client: client.permissions("smoke"),
    ],
)
def test_a_login_page_is_no_success(raw, call):
    page = reply(200, b"<p>Please sign in", kind="text/html;charset=utf-8")
    with pytest.raises(UnexpectedAnswer, match="200 from"):
        call(client_of(raw(page)))


def test_422_is_not_authorised_to_cancel(raw):
    with pytest.raises(NotAuthorised):
        client_of(raw(reply(422))).cancel_queue_item(3)


def test_x_error_is_the_reason(raw):
    page = b"<p>a page"
    server = raw(reply(400, page, "X-Error: No such plan", kind="text/html"))
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(server).start_build("qa/smoke")
    assert caught.value.reason == "No such plan"


def test_the_menu_above_jenkinss_main_panel_is_no_reason(raw):
    page = (
        b'<a href="/">Skip to content</a><script>x = "<p>no</p>"</script>'
        b'<div id="main-panel"><h1>Error</h1><p>It is &lt;kept&gt;</p></div>'
    )
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(400, page, kind="text/html"))).start_build("qa/smoke")
    assert caught.value.reason == "Error It is <kept>"


def test_a_page_that_is_hardly_html_is_read_as_far_as_it_goes(raw):
    server = raw(reply(500, b"<p>oops<![word[ x]]>!", kind="text/html"))
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(server).queue()
    assert caught.value.reason.startswith("oops")


def test_an_error_page_cut_off_still_tells_its_status(raw):
    half = b"HTTP/1.1 409 Conflict\r\nContent-Length: 9000\r\n\r\n<html>"
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(half)).start_build("qa/smoke")
    assert caught.value.status == 409


@pytest.mark.parametrize("headers", [[], ["Location: /"], ["Location: /queue/item/x/"]])
def test_a_launch_without_a_queue_item_keeps_its_status(raw, headers):
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(201, b"", *headers))).start_build("qa/smoke")
    assert caught.value.status == 201


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


@pytest.mark.parametrize(
    ("headers", "body"), [([], b"<p>bad\0thing</p>"), (["X-Error: bad\0thing"], b"")]
)
def test_a_reason_can_be_stored_by_every_database(raw, headers, body):
    server = raw(reply(400, body, "Content-Type: text/html", *headers))
    with pytest.raises(UnexpectedAnswer, match="bad\ufffdthing") as error:
        client_of(server).queue()
    assert "\0" not in error.value.reason
