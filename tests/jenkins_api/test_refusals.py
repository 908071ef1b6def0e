"""What the client makes of answers that are no success, and of pages that only look like it."""

from __future__ import annotations

import pytest

from jenkins_api import Jenkins, NotAuthorised, Unavailable, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, STARTING, client_of, reply


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
    server = raw(reply(503, page, STARTING, kind="text/html;charset=utf-8"))
    with pytest.raises(Unavailable) as caught:
        client_of(server).is_up()
    with pytest.raises(Unavailable) as caught:
        client_of(server).queue()
    assert caught.value.reason == "Starting Jenkins Please wait …"
    assert caught.value.is_from_jenkins


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"upstream connect error", []),
        (b"upstream connect error", [STARTING]),
        (b"<h1>Jenkins is not available at the moment</h1>", []),
        (b"<h1>Jenkins is not available</h1>", ["Cache-Control: no-store, must-revalidate"]),
        (b"<h1>Jenkins is not available at the moment</h1>", [STARTING, "Retry-After: 60"]),
    ],
)
def test_a_503_that_is_not_in_all_as_jenkins_says_it_may_be_a_proxys(raw, body, headers):
    with pytest.raises(Unavailable) as caught:
        client_of(raw(reply(503, body, *headers, kind="text/html"))).queue()
    assert not caught.value.is_from_jenkins


@pytest.mark.parametrize(
    ("status", "is_final"), [(400, True), (404, True), (429, False), (500, False), (502, False)]
)
def test_a_no_is_final_where_jenkins_would_say_it_again(raw, status, is_final):
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(status, b""))).queue()
    assert caught.value.is_final == is_final


@pytest.mark.parametrize("status", [429, 503])
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
def test_an_answer_may_tell_when_to_ask_again(raw, status, after, after_s):
    headers = [f"Retry-After: {after}", "Date: Wed, 25 Nov 2026 09:00:00 GMT"]
    with pytest.raises(UnexpectedAnswer) as caught:
        client_of(raw(reply(status, b"", *headers))).queue()
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


@pytest.mark.parametrize(
    ("headers", "body"), [([], b"<p>bad\0thing</p>"), (["X-Error: bad\0thing"], b"")]
)
def test_a_reason_can_be_stored_by_every_database(raw, headers, body):
    server = raw(reply(400, body, "Content-Type: text/html", *headers))
    with pytest.raises(UnexpectedAnswer, match="bad\ufffdthing") as error:
        client_of(server).queue()
    assert "\0" not in error.value.reason
