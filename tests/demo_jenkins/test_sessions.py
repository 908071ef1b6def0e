"""Passwords, crumbs and API tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from tests.demo_jenkins.server import Server, freestyle, item_id

PASSWORD = "open"  # noqa: S105 of users made for these tests
TRIGGER = "t"
ADMINISTER = "hudson.model.Hudson.Administer"
READ = ["hudson.model.Hudson.Read", "hudson.model.Item.Read"]
TOKENS = "descriptorByName/jenkins.security.ApiTokenProperty"
FORBIDDEN = "HTTP ERROR 403 No valid crumb was included in the request"


@pytest.fixture
def browser(jenkins: Server) -> Iterator[requests.Session]:
    """A session signed in by password, with its cookies."""
    jenkins.make_user("pat", ADMINISTER, password=PASSWORD)
    with requests.Session() as session:
        session.auth = ("pat", PASSWORD)
        yield session


def crumb(jenkins: Server, browser: requests.Session) -> dict[str, str]:
    shown = browser.get(f"{jenkins.url}crumbIssuer/api/json", timeout=10).json()
    return {shown["crumbRequestField"]: shown["crumb"]}


@pytest.fixture
def launch(jenkins: Server, browser: requests.Session) -> Callable[..., requests.Response]:
    """Launch a job by password."""
    name = "by password"
    if jenkins.get(f"job/{name}/").status_code == 404:
        jenkins.make_job(name, freestyle("true"))

    def post(**options: object) -> requests.Response:
        url = f"{jenkins.url}job/{name}/build"
        return browser.post(url, timeout=10, allow_redirects=False, **options)  # type: ignore[arg-type]

    return post


def test_a_post_by_password_needs_the_crumb_of_its_session(
    jenkins: Server, browser: requests.Session, launch: Callable[..., requests.Response]
) -> None:
    without = launch()
    headers = crumb(jenkins, browser)
    as_header, as_field = launch(headers=headers), launch(data=headers)
    as_multipart = launch(files={name: (None, value) for name, value in headers.items()})
    beside_multipart = launch(params=headers, files={"A": (None, "x")})
    assert without.status_code == 403
    assert FORBIDDEN in without.text
    assert (as_header.status_code, as_field.status_code) == (201, 201)
    assert (as_multipart.status_code, beside_multipart.status_code) == (403, 201)
    browser.cookies.clear()
    assert launch(headers=headers).status_code == 403


def test_a_crumb_ends_with_its_session(
    jenkins: Server, browser: requests.Session, launch: Callable[..., requests.Response]
) -> None:
    headers = crumb(jenkins, browser)
    jenkins.post("demo/sessions/forget")
    assert launch(headers=headers).status_code == 403
    assert launch(headers=crumb(jenkins, browser)).status_code == 201


def test_a_session_that_ends_between_crumb_and_launch(
    jenkins: Server, browser: requests.Session, launch: Callable[..., requests.Response]
) -> None:
    headers = crumb(jenkins, browser)
    jenkins.post("demo/fault", {"kind": "end-sessions", "method": "POST", "path": "/job/by"})
    refused = launch(headers=headers)
    assert refused.status_code == 403
    assert FORBIDDEN in refused.text
    assert launch(headers=crumb(jenkins, browser)).status_code == 201


def test_a_token_needs_no_crumb_and_a_get_neither(
    jenkins: Server, browser: requests.Session
) -> None:
    jenkins.make_job("by token", freestyle("true"))
    assert jenkins.post("job/by token/build").status_code == 201
    assert browser.get(f"{jenkins.url}me/api/json", timeout=10).json()["id"] == "pat"
    assert browser.post(f"{jenkins.url}api/json", timeout=10).status_code == 403
    deleted = browser.delete(f"{jenkins.url}job/by token/", timeout=10)
    assert deleted.status_code == 204


def test_without_csrf_protection_there_is_no_crumb(start: Callable[..., Server]) -> None:
    jenkins = start("--no-crumbs")
    jenkins.make_job("a", freestyle("true"))
    user = ("pat", PASSWORD)
    jenkins.make_user("pat", ADMINISTER, password=PASSWORD)
    assert jenkins.get("crumbIssuer/api/json").status_code == 404
    assert jenkins.json("api/json?tree=useCrumbs")["useCrumbs"] is False
    assert jenkins.post("job/a/build", auth=user).status_code == 201


def test_without_security_nobody_is_asked_who_they_are(start: Callable[..., Server]) -> None:
    jenkins = start("--no-security", "--no-crumbs")
    wrong = ("pat", "made up")
    assert jenkins.get("whoAmI/api/json", auth=wrong).json()["anonymous"] is True
    assert jenkins.json("api/json?tree=useSecurity", auth=None)["useSecurity"] is False
    jenkins.make_job("a", freestyle("true"))
    assert jenkins.post("job/a/build", auth=wrong).status_code == 201


def test_tokens_are_made_used_and_revoked(jenkins: Server) -> None:
    reader = jenkins.make_user("token owner", *READ)
    other = jenkins.make_user("somebody else", *READ)
    form = {"newTokenName": "mine"}
    made = jenkins.post(f"me/{TOKENS}/generateNewToken", form, auth=reader).json()
    token = ("token owner", made["data"]["tokenValue"])
    assert made["status"] == "ok"
    assert made["data"]["tokenName"] == "mine"
    assert len(token[1]) == 34
    assert jenkins.get("me/api/json", auth=token).json()["id"] == "token owner"
    theirs = f"user/token owner/{TOKENS}"
    assert jenkins.post(f"{theirs}/generateNewToken", form, auth=other).status_code == 403
    uuid = {"tokenUuid": made["data"]["tokenUuid"]}
    assert jenkins.post(f"{theirs}/revoke", uuid, auth=other).status_code == 403
    assert jenkins.post(f"{theirs}/revoke", {}).status_code == 400
    assert jenkins.post(f"{theirs}/revoke", uuid).status_code == 200
    assert jenkins.get("me/api/json", auth=token).status_code == 401


def test_all_tokens_are_revoked_or_all_but_one(jenkins: Server) -> None:
    first = jenkins.make_user("many tokens", *READ)
    made = jenkins.post(f"me/{TOKENS}/generateNewToken", auth=first).json()["data"]
    second = ("many tokens", made["tokenValue"])
    uuid = {"tokenUuid": made["tokenUuid"]}
    everything = f"me/{TOKENS}/revokeAll"
    assert jenkins.post(f"{everything}Except", {"tokenUuid": ""}, auth=second).status_code == 400
    assert jenkins.post(f"{everything}Except", uuid, auth=second).status_code == 200
    assert jenkins.get("me/api/json", auth=first).status_code == 401
    assert jenkins.get("me/api/json", auth=second).status_code == 200
    assert jenkins.post(everything, auth=second).status_code == 200
    assert jenkins.get("me/api/json", auth=second).status_code == 401


def test_no_secret_is_kept_in_the_clear_but_the_service_accounts(jenkins: Server) -> None:
    _, token = jenkins.make_user("secretive", *READ, password=PASSWORD * 3)
    users = (jenkins.home / "users.json").read_text()
    assert "secretive" in users
    assert token not in users
    assert PASSWORD not in users
    kept = jenkins.home / "secrets" / "svc-runboard.token"
    assert kept.read_text() == jenkins.token
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.fixture(scope="module")
def _jobs(jenkins: Server) -> None:
    jenkins.make_job("tokened", freestyle("true", token=TRIGGER))
    jenkins.make_job("tokened with parameters", freestyle("true", "A", token=TRIGGER))
    jenkins.make_job("untokened", freestyle("true"))


@pytest.mark.usefixtures("_jobs")
class TestBuildByToken:
    """The Build Token Root plugin: for callers who may see nothing."""

    def test_launches(self, jenkins: Server) -> None:
        answer = jenkins.get("buildByToken/build?job=tokened&token=t&cause=cron", auth=None)
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/queue/item/{item_id(answer)}/"
        build = jenkins.ended(jenkins.started(item_id(answer)))
        assert build["actions"][0]["causes"][0]["note"] == "cron"

    def test_folds(self, jenkins: Server) -> None:
        path = "buildByToken/buildWithParameters"
        form = {"job": "tokened with parameters", "token": "t", "A": "1", "delay": "1000sec"}
        first, again = (jenkins.post(path, form, auth=None) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 303)
        assert again.headers["Location"] == jenkins.url + f"queue/item/{item_id(first)}/"

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("build?job=tokened&token=wrong", 403),
            ("build?job=untokened&token=t", 404),
            ("build?job=none&token=t", 404),
            ("build?token=t", 404),
            ("build?job=tokened%20with%20parameters&token=t", 400),
            ("buildWithParameters?job=tokened&token=t", 400),
            ("build?job=tokened", 403),
            ("polling?job=tokened&token=t", 400),
        ],
    )
    def test_statuses(self, jenkins: Server, path: str, status: int) -> None:
        assert jenkins.post(f"buildByToken/{path}", auth=None).status_code == status
