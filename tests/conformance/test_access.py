"""Credentials, crumbs, API tokens and permissions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.conformance.configuration import TEXT, freestyle
from tests.conformance.controller import (
    LATER,
    PATIENCE_S,
    XML,
    Controller,
    Job,
    item_id,
    not_supported,
)

TOKENS = "me/descriptorByName/jenkins.security.ApiTokenProperty"


@pytest.mark.parametrize("path", ["api/json", "login", "whoAmI/api/json", "queue/api/json"])
@pytest.mark.parametrize("header", ["wrong token", "Basic %%%", "Basic bm8tY29sb24="])
def test_wrong_credentials_401_everywhere(jenkins: Controller, path: str, header: str) -> None:
    if header == "wrong token":
        answer = jenkins.get(path, auth=(jenkins.account[0], "wrong"))
    else:
        answer = jenkins.get(path, auth=None, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Jenkins"')
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.fixture(scope="module")
def plain(jenkins: Controller) -> Job:
    """A job whose builds wait."""
    return jenkins.make_job("access", freestyle(quiet_s=1000))


class TestCrumbs:
    """CSRF protection, for those who come with a password."""

    @pytest.fixture
    def session(self, jenkins: Controller) -> Iterator[requests.Session]:
        """What a browser has: a password and a jar for cookies."""
        with requests.Session() as session:
            session.auth = jenkins.by_password
            yield session

    def crumb(self, jenkins: Controller, session: requests.Session) -> dict[str, str]:
        answer = session.get(f"{jenkins.url}crumbIssuer/api/json", timeout=PATIENCE_S)
        if answer.status_code == 404:
            not_supported("CSRF protection")
        shown = answer.json()
        assert shown["_class"]
        assert shown["crumbRequestField"] == "Jenkins-Crumb"
        return {shown["crumbRequestField"]: shown["crumb"]}

    def build(
        self, jenkins: Controller, session: requests.Session, job: Job, **options: object
    ) -> requests.Response:
        return session.post(
            f"{jenkins.url}{job.path}/build",
            timeout=PATIENCE_S,
            allow_redirects=False,
            **options,  # type: ignore[arg-type] # as requests has them
        )

    def test_one_as_shell_scripts_ask_for_it(
        self, jenkins: Controller, session: requests.Session, plain: Job
    ) -> None:
        self.crumb(jenkins, session)
        xpath = {"xpath": 'concat(//crumbRequestField,":",//crumb)'}
        url = f"{jenkins.url}crumbIssuer/api/xml"
        answer = session.get(url, params=xpath, timeout=PATIENCE_S)
        assert answer.headers["Content-Type"].lower() == "text/plain;charset=utf-8"
        assert answer.headers.keys() >= {"X-Jenkins", "X-Jenkins-Session"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        name, _, crumb = answer.text.partition(":")
        assert self.build(jenkins, session, plain, headers={name: crumb}).status_code == 201

    def test_none_is_refused(
        self, jenkins: Controller, session: requests.Session, plain: Job
    ) -> None:
        self.crumb(jenkins, session)
        answer = self.build(jenkins, session, plain)
        assert answer.status_code == 403
        assert "No valid crumb was included in the request" in answer.text
        assert "X-Required-Permission" not in answer.headers

    def test_one_of_this_session_is_taken_again_and_again(
        self, jenkins: Controller, session: requests.Session, plain: Job
    ) -> None:
        crumb = self.crumb(jenkins, session)
        for _ in range(2):
            assert self.build(jenkins, session, plain, headers=crumb).status_code == 201

    def test_one_as_a_form_field(
        self, jenkins: Controller, session: requests.Session, plain: Job
    ) -> None:
        crumb = self.crumb(jenkins, session)
        assert self.build(jenkins, session, plain, data=crumb).status_code == 201

    def test_one_without_its_cookie_is_refused(
        self, jenkins: Controller, session: requests.Session, plain: Job
    ) -> None:
        crumb = self.crumb(jenkins, session)
        session.cookies.clear()
        assert self.build(jenkins, session, plain, headers=crumb).status_code == 403

    def test_delete_needs_none(self, jenkins: Controller, session: requests.Session) -> None:
        job = jenkins.make_job("gone by password", freestyle())
        answer = session.delete(f"{jenkins.url}{job.path}/", timeout=PATIENCE_S)
        assert answer.status_code == 204

    def test_a_token_needs_none(self, jenkins: Controller, plain: Job) -> None:
        assert jenkins.post(f"{plain.path}/build").status_code == 201


class TestTokens:
    """API tokens of our own account."""

    @pytest.fixture
    def token(self, jenkins: Controller) -> Iterator[dict[str, str]]:
        """A token that is gone afterwards."""
        made = jenkins.post(f"{TOKENS}/generateNewToken", {"newTokenName": "conformance"})
        assert made.status_code == 200
        assert made.json()["status"] == "ok"
        data: dict[str, str] = made.json()["data"]
        yield data
        jenkins.post(f"{TOKENS}/revoke", {"tokenUuid": data["tokenUuid"]})

    def test_one_is_made_and_gets_in(self, jenkins: Controller, token: dict[str, str]) -> None:
        assert token["tokenName"] == "conformance"
        auth = (jenkins.account[0], token["tokenValue"])
        assert jenkins.get("whoAmI/api/json", auth=auth).json()["anonymous"] is False

    def test_one_that_is_revoked_does_not(self, jenkins: Controller, token: dict[str, str]) -> None:
        revoked = jenkins.post(f"{TOKENS}/revoke", {"tokenUuid": token["tokenUuid"]})
        assert revoked.status_code == 200
        auth = (jenkins.account[0], token["tokenValue"])
        assert jenkins.get("whoAmI/api/json", auth=auth).status_code == 401

    def test_one_is_renamed(self, jenkins: Controller, token: dict[str, str]) -> None:
        form = {"tokenUuid": token["tokenUuid"], "newName": "conformance, renamed"}
        assert jenkins.post(f"{TOKENS}/rename", form).status_code == 200
        unknown = jenkins.post(f"{TOKENS}/rename", form | {"tokenUuid": "none"})
        assert (unknown.status_code, unknown.json()["status"]) == (200, "error")

    def test_revoking_nothing_400(self, jenkins: Controller) -> None:
        assert jenkins.post(f"{TOKENS}/revoke", {"tokenUuid": ""}).status_code == 400

    def test_the_anonymous_have_no_record(self, jenkins: Controller) -> None:
        assert jenkins.get("me/api/json", auth=None).status_code == 403


# Where ExtendedRead is not in use, which is Jenkins's default, Configure stands for it
READS_CONFIGURATION = "hudson.model.Item.ExtendedRead hudson.model.Item.Configure"
MAY_NOT = [
    ("launch", "POST", "{job}/build", "hudson.model.Item.Build"),
    ("launch with parameters", "POST", "{wide}/buildWithParameters", "hudson.model.Item.Build"),
    ("disable", "POST", "{job}/disable", "hudson.model.Item.Configure"),
    ("enable", "POST", "{job}/enable", "hudson.model.Item.Configure"),
    ("read configuration", "GET", "{job}/config.xml", READS_CONFIGURATION),
    ("configure", "POST", "{job}/config.xml", "hudson.model.Item.Configure"),
    ("delete", "POST", "{job}/doDelete", "hudson.model.Item.Delete"),
    ("delete by DELETE", "DELETE", "{job}/", "hudson.model.Item.Delete"),
    ("create", "POST", "{folder}createItem?name=x", "hudson.model.Item.Create"),
    ("keep a build", "POST", "{job}/1/toggleLogKeep", "hudson.model.Run.Update"),
    ("describe a build", "POST", "{job}/1/submitDescription", "hudson.model.Run.Update"),
    ("name a build", "POST", "{job}/1/configSubmit", "hudson.model.Run.Update"),
    ("delete a build", "POST", "{job}/1/doDelete", "hudson.model.Run.Delete"),
]


@pytest.fixture(scope="module")
def places(jenkins: Controller) -> dict[str, str]:
    """Paths that a reader tries; the job has a build."""
    job = jenkins.make_job("read only", freestyle())
    jenkins.run(job)
    wide = jenkins.make_job("read only with parameters", freestyle("true", TEXT))
    return {"job": job.path, "wide": wide.path, "folder": jenkins.folder}


class TestReader:
    """Somebody who may read items and nothing else."""

    @pytest.mark.parametrize(
        "page", ["api/json", "1/api/json", "1/consoleText", "lastBuild/api/json"]
    )
    def test_may_read(self, jenkins: Controller, places: dict[str, str], page: str) -> None:
        assert jenkins.get(f"{places['job']}/{page}", auth=jenkins.reader).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "permission"),
        [row[1:] for row in MAY_NOT],
        ids=[row[0] for row in MAY_NOT],
    )
    def test_may_not(
        self, jenkins: Controller, places: dict[str, str], method: str, path: str, permission: str
    ) -> None:
        answer = jenkins.request(
            method, path.format(**places), auth=jenkins.reader, headers=XML if "?" in path else {}
        )
        assert answer.status_code == 403
        assert answer.headers["X-You-Are-Authenticated-As"] == jenkins.reader[0]
        assert answer.headers["X-Required-Permission"] in permission.split()

    def test_may_not_cancel_422(self, jenkins: Controller, places: dict[str, str]) -> None:
        launched = jenkins.post(f"{places['job']}/build?delay={LATER}")
        path = f"queue/cancelItem?id={item_id(launched)}"
        assert jenkins.post(path, auth=jenkins.reader).status_code == 422
        assert jenkins.post(path).status_code == 204
