"""Is it up, who am I, how is it set up; and that errors are pages and never data."""

from __future__ import annotations

import ast
from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.conformance.controller import Controller, not_supported

IDENTITY = {"X-Jenkins", "X-Jenkins-Session"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("HEAD", "login"), ("GET", "login"), ("HEAD", ""), ("GET", ""), ("GET", "me/")],
)
def test_pages_name_the_version_and_the_start(jenkins: Controller, method: str, path: str) -> None:
    answer = jenkins.request(method, path)
    assert answer.status_code == 200
    assert answer.headers.keys() >= IDENTITY
    assert answer.headers["Content-Type"].lower() == "text/html;charset=utf-8"


def test_the_sign_in_page_answers_everybody(jenkins: Controller) -> None:
    answer = jenkins.request("HEAD", "login", auth=None)
    assert answer.status_code == 200
    assert answer.headers.keys() >= IDENTITY


@pytest.mark.parametrize(
    "path", ["logout", "loginError", "signup", "securityRealm/", "tcpSlaveAgentListener/"]
)
def test_what_needs_no_permission_to_read(jenkins: Controller, path: str) -> None:
    answer = jenkins.get(path, auth=None)  # whatever it is, also not found
    assert answer.headers.get("X-Required-Permission") != "hudson.model.Hudson.Read"
    assert "login?from=" not in answer.text


def test_who_signs_out_is_led_to_the_root(jenkins: Controller) -> None:
    answer = jenkins.get("logout", auth=None)
    assert answer.status_code == 302
    target = urljoin(jenkins.url, answer.headers["Location"])
    assert urlsplit(target).path == urlsplit(jenkins.url).path


APIS = ["api/json", "queue/api/json", "computer/api/json", "whoAmI/api/json", "me/api/json"]


@pytest.mark.parametrize("path", APIS)
def test_data_names_the_version_and_is_safe_to_open(jenkins: Controller, path: str) -> None:
    answer = jenkins.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].lower() == "application/json;charset=utf-8"
    assert answer.headers.keys() >= IDENTITY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "deny"


def test_the_same_data_as_a_python_literal(jenkins: Controller) -> None:
    tree = "?tree=useSecurity,quietingDown,quietDownReason,numExecutors"
    answer = jenkins.get(f"api/python{tree}")
    assert answer.headers["Content-Type"].lower() == "text/x-python;charset=utf-8"
    assert ast.literal_eval(answer.text) == jenkins.get(f"api/json{tree}").json()


@pytest.mark.parametrize("pretty", ["pretty", "pretty=true", "pretty=false"])
@pytest.mark.parametrize("flavour", ["json", "python"])
def test_indented(jenkins: Controller, flavour: str, pretty: str) -> None:
    answer = jenkins.get(f"api/{flavour}?tree=useSecurity,views[name]&{pretty}")
    shown = answer.json() if flavour == "json" else ast.literal_eval(answer.text)
    assert shown == jenkins.get("api/json?tree=useSecurity,views[name]").json()
    assert len(answer.text.splitlines()) > 5


def test_the_root_tells_how_it_is_set_up(jenkins: Controller) -> None:
    kinds = {
        "mode": str,
        "nodeDescription": str,
        "numExecutors": int,
        "quietingDown": bool,
        "slaveAgentPort": int,
        "useCrumbs": bool,
        "useSecurity": bool,
        "jobs": list,
        "views": list,
        "primaryView": dict,
    }
    root = jenkins.json("")
    assert root["_class"] == "hudson.model.Hudson"
    assert {name: type(root[name]) for name in kinds} == kinds


class TestWhoAmI:
    """Whom Jenkins takes us for."""

    def test_with_a_token(self, jenkins: Controller) -> None:
        who = jenkins.json("whoAmI")
        assert who["_class"] == "hudson.security.WhoAmI"
        assert who["name"].lower() == jenkins.account[0].lower()
        assert (who["anonymous"], who["authenticated"]) == (False, True)
        assert "authenticated" in who["authorities"]

    def test_signed_out(self, jenkins: Controller) -> None:
        who = jenkins.get("whoAmI/api/json", auth=None).json()
        assert (who["name"], who["anonymous"]) == ("anonymous", True)

    def test_own_record(self, jenkins: Controller) -> None:
        me = jenkins.json("me", "id,fullName,absoluteUrl,description")
        assert me["_class"] == "hudson.model.User"
        assert me["id"].lower() == jenkins.account[0].lower()
        assert me["absoluteUrl"].endswith(f"/user/{me['id']}")


def test_executors(jenkins: Controller) -> None:
    answer = jenkins.json("computer")
    assert answer["_class"] == "hudson.model.ComputerSet"
    assert 0 <= answer["busyExecutors"] <= answer["totalExecutors"]
    built_in = answer["computer"][0]
    assert built_in["_class"] == "hudson.model.Hudson$MasterComputer"
    kinds = {
        "displayName": str,
        "numExecutors": int,
        "offline": bool,
        "temporarilyOffline": bool,
        "offlineCauseReason": str,
        "idle": bool,
        "executors": list,
        "oneOffExecutors": list,
    }
    assert {name: type(built_in[name]) for name in kinds} == kinds
    assert jenkins.json("computer/(built-in)")["displayName"] == built_in["displayName"]


@pytest.mark.parametrize("action", ["restart", "exit", "safeExit", "reload", "quietDown"])
def test_a_controller_is_not_ended_by_get(jenkins: Controller, action: str) -> None:
    answer = jenkins.get(action)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_restarting_by_get_only_asks_whether_to(jenkins: Controller) -> None:
    before = jenkins.get("api/json").headers["X-Jenkins-Session"]
    answer = jenkins.get("safeRestart")
    if answer.status_code == 403:
        not_supported("Overall/Manage")
    assert answer.status_code == 200
    assert jenkins.json("", "quietingDown")["quietingDown"] is False
    assert jenkins.get("api/json").headers["X-Jenkins-Session"] == before


def test_plugins(jenkins: Controller) -> None:
    answer = jenkins.get("pluginManager/api/json?depth=1")
    if answer.status_code == 403:
        not_supported("listing plugins")
    kinds = {"shortName": str, "longName": str, "version": str, "active": bool, "enabled": bool}
    kinds |= {"hasUpdate": bool, "dependencies": list}
    plugins = answer.json()["plugins"]
    assert plugins
    for plugin in plugins:
        assert {name: type(plugin[name]) for name in kinds} == kinds
    short = jenkins.json("pluginManager")
    assert short == {"_class": short["_class"], "plugins": [{}] * len(plugins)}


@pytest.mark.parametrize(("method", "action"), [("GET", "config.xml"), ("POST", "doDelete")])
def test_the_built_in_node_is_there_for_good(jenkins: Controller, method: str, action: str) -> None:
    answer = jenkins.request(method, f"computer/(built-in)/{action}")
    if answer.status_code == 403:
        not_supported("configuring nodes")
    assert answer.status_code == 400


def test_load_of_the_controller(jenkins: Controller) -> None:
    load = jenkins.json("overallLoad")
    series = {"definedExecutors", "onlineExecutors", "busyExecutors", "idleExecutors"}
    assert load["_class"] == "hudson.model.OverallLoadStatistics"
    assert load.keys() >= series | {"availableExecutors", "totalExecutors", "queueLength"}


def test_headers_that_are_too_large_431(jenkins: Controller) -> None:
    answer = jenkins.get("login", headers={"X-Large": "x" * 9000})
    assert answer.status_code == 431
    assert answer.headers["Content-Type"].startswith("text/html")


ERRORS = [
    ("GET", "nothing/here", 404),
    ("GET", "job/no-such-job/api/json", 404),
    ("GET", "queue/item/99999999/api/json", 404),
    ("GET", "api/json?tree=jobs[name", 500),
    ("GET", "api/json?depth=deep", 500),
    ("GET", "queue/cancelItem?id=1", 405),
    ("POST", "job/no-such-job/build", 404),
    ("POST", "createItem?name=", 400),
    ("POST", "createItem", 400),
]


@pytest.mark.parametrize(("method", "path", "status"), ERRORS)
def test_errors_are_pages_and_never_data(
    jenkins: Controller, method: str, path: str, status: int
) -> None:
    answer = jenkins.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html" in answer.text.lower()


@pytest.mark.parametrize("path", ["", "api/json", "queue/api/json", "computer/api/json"])
def test_signed_out_403_names_who_lacks_what(jenkins: Controller, path: str) -> None:
    answer = jenkins.get(path, auth=None)
    if answer.status_code == 200:
        not_supported("keeping out the anonymous")
    assert answer.status_code == 403
    assert answer.headers["X-You-Are-Authenticated-As"] == "anonymous"
    assert answer.headers["X-Required-Permission"] == "hudson.model.Hudson.Read"
    wider = answer.raw.headers.getlist("X-Permission-Implied-By")
    assert "hudson.model.Hudson.Administer" in wider  # each in a header of its own


@pytest.mark.parametrize("page", ["", "api/json?tree=mode&depth=0"])
def test_signed_out_403_leads_a_browser_to_the_sign_in_page(jenkins: Controller, page: str) -> None:
    answer = jenkins.get(page, auth=None)
    if answer.status_code == 200:
        not_supported("keeping out the anonymous")
    assert answer.headers["Content-Type"].lower() == "text/html;charset=utf-8"
    assert answer.headers.keys() >= IDENTITY
    path = f"{urlsplit(jenkins.url).path}{page}"
    assert f"{urlsplit(jenkins.url).path}login?from={quote(path, safe='')}" in answer.text
    assert "Authentication required" in answer.text


def test_signed_out_403_leads_a_script_nowhere(jenkins: Controller) -> None:
    answer = jenkins.get("", auth=None, headers={"X-Requested-With": "XMLHttpRequest"})
    if answer.status_code == 200:
        not_supported("keeping out the anonymous")
    assert answer.status_code == 403
    assert "login?from=" not in answer.text
