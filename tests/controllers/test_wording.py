"""What a tester reads of answers that are no success: no class names, addresses or parsers."""

from __future__ import annotations

import pytest

from dashboard.controllers.connecting import explain
from dashboard.controllers.wording import clock_words, in_seconds, permission_name
from jenkins_api import Jenkins, NotAuthorised, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, STARTING, RawServer, reply

PAGE = b"<h1>Sign in</h1>"
WAIT = b"Starting Jenkins Please wait while Jenkins is getting ready to work"


def said(answer: bytes) -> str:
    """What is said where ``answer`` comes instead of Jenkins's queue."""
    server = RawServer(answer)
    with Jenkins(server.url, **SIGNED_IN) as jenkins, pytest.raises(UnexpectedAnswer) as caught:
        jenkins.queue()
    server.close()
    return explain(caught.value, "svc-qa")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            reply(403, b"", "X-Required-Permission: hudson.model.Item.Build"),
            "Jenkins does not allow this to svc-qa: Job/Build is missing.",
        ),
        (reply(403), "Jenkins does not allow this to svc-qa."),
        (
            reply(403, b"No valid crumb was included in the request", kind="text/plain"),
            "Jenkins asks svc-qa for a crumb, as it does where a password was given as an API "
            "token.",
        ),
        (
            reply(302, b"", "Location: /login?from=x"),
            "Something in front of Jenkins asks people to sign in, and does not let us pass.",
        ),
        (
            reply(200, PAGE, kind="text/html"),
            "This is no answer of Jenkins's: did a proxy or a sign-in page answer in its place?",
        ),
        (reply(503, WAIT, STARTING, kind="text/html"), "Jenkins is starting up or restarting."),
        (
            reply(503),
            "503: Jenkins is starting up, or a proxy in front of it does not reach it.",
        ),
        (
            reply(503, b"upstream", kind="text/plain"),
            "A proxy in front of Jenkins answers 503: it does not reach it.",
        ),
        (
            reply(404, PAGE, kind="text/html"),
            "Jenkins has nothing at this address (any more), or does not show it to svc-qa.",
        ),
        (
            reply(500, b"Oops.", kind="text/plain"),
            "Jenkins, or a proxy in front of it, answers 500: Oops.",
        ),
    ],
)
def test_an_answer_is_said_in_plain_words(answer, words):
    assert said(answer) == words


def test_a_refused_cancel_names_the_permission_that_jenkins_does_not():
    error = NotAuthorised("cancelling is not allowed", url="http://eu.example", status=422)
    assert explain(error, "svc-qa").endswith("Job/Cancel is missing.")


@pytest.mark.parametrize(
    ("permission", "name"),
    [
        ("hudson.model.Item.Build", "Job/Build"),
        ("hudson.model.Hudson.Read", "Overall/Read"),
        ("hudson.model.Run.Update", "Run/Update"),
        ("com.example.Plugin.Use", "com.example.Plugin.Use"),
        ("Build", "Build"),
    ],
)
def test_permissions_have_the_names_of_jenkinss_pages(permission, name):
    assert permission_name(permission) == name


def test_figures_are_said_as_a_person_would():
    assert [in_seconds(span) for span in (0.0034, 0.25, 0.034, 12.34, 123)] == [
        "< 0.01 s",
        "0.25 s",
        "0.03 s",
        "12.3 s",
        "123.0 s",
    ]
    assert [clock_words(offset) for offset in (-0.3, 0.9, -12.4, 60)] == [
        "as ours, to the second",
        "as ours, to the second",
        "12 s behind ours",
        "60 s ahead of ours",
    ]
