"""Statuses and headers, row by row as Jenkins's remote API has them."""

from __future__ import annotations

import json
import re

import pytest

from tests.demo_jenkins.server import Server, freestyle, item_id

REGRESSION = "job/qa/job/regression"
NIGHTLY = "job/qa/job/nightly"
READ = "hudson.model.Hudson.Read"
ITEM_READ = "hudson.model.Item.Read"
XML = {"Content-Type": "application/xml"}

GETS = [
    ("login", 200),
    ("", 200),
    ("api/json", 200),
    ("whoAmI/api/json", 200),
    ("me/api/json", 200),
    ("queue/api/json", 200),
    ("computer/api/json", 200),
    ("computer/(built-in)/api/json", 200),
    ("computer/(built-in)/", 200),
    ("pluginManager/api/json", 200),
    ("pluginManager/plugin/none/api/json", 404),
    ("computer/(master)/api/json", 200),
    ("job/qa/api/json", 200),
    (f"{REGRESSION}/api/json", 200),
    (f"{REGRESSION}/", 200),
    ("nothing/here", 404),
    ("job/none/api/json", 404),
    ("job/qa/job/none/api/json", 404),
    (f"{NIGHTLY}/999/api/json", 404),
    (f"{NIGHTLY}/lastFailedBuild/api/json", 404),
    ("queue/item/99999999/api/json", 404),
    ("api/json?tree=jobs[name", 500),
    ("api/json?tree=", 500),
    ("api/json?tree=jobs{x}", 500),
    ("api/json?depth=deep", 500),
    ("api/xml?xpath=//*[", 500),
    ("api/xml?xpath=//job|//view", 500),  # never an empty selection instead
    ("api/xml?xpath=//job[number>1]", 500),
    (f"{NIGHTLY}/build", 405),
    (f"{REGRESSION}/build", 405),
    (f"{REGRESSION}/buildWithParameters?TestPlanName=smoke", 405),
    (f"{NIGHTLY}/disable", 405),
    ("queue/cancelItem?id=1", 405),
]


@pytest.mark.parametrize(("path", "status"), GETS)
def test_get(jenkins: Server, path: str, status: int) -> None:
    answer = jenkins.get(path)
    assert answer.status_code == status
    if status >= 400:
        assert answer.headers["Content-Type"].startswith("text/html")
    if status == 500:
        assert answer.headers["X-Jenkins"]
    if status == 405 and path != f"{REGRESSION}/build":  # which shows its form
        assert answer.headers["Allow"] == "POST"


POSTS = [
    ("job/none/build", {}, 404),
    (f"{REGRESSION}/build", {}, 400),
    (f"{REGRESSION}/build", {"TestPlanName": "smoke"}, 400),
    (f"{REGRESSION}/build", {"json": "not json"}, 500),
    (f"{REGRESSION}/build", {"json": '{"parameter": {"name": "Unknown", "value": 1}}'}, 500),
    (f"{NIGHTLY}/buildWithParameters", {"a": "b"}, 400),
    (f"{REGRESSION}/buildWithParameters", {"Environment": "moon"}, 500),
    (f"{REGRESSION}/buildWithParameters?TestPlanName=a", {"TestPlanName": "b"}, 500),
    (f"{REGRESSION}/buildWithParameters?delay=soon", {}, 500),
    ("queue/cancelItem?id=99999999", {}, 404),
    ("queue/cancelItem", {}, 404),
    ("job/qa/disable", {}, 302),
    ("job/qa/enable", {}, 302),
    ("createItem?name=", {}, 400),
    ("createItem?name=a%2Fb", {}, 400),
    ("createItem?name=noType", {}, 400),
    ("createItem?name=odd", {"mode": "no.such.Kind"}, 400),
]


@pytest.mark.parametrize(("path", "form", "status"), POSTS)
def test_post(jenkins: Server, path: str, form: dict[str, str], status: int) -> None:
    assert jenkins.post(path, form).status_code == status


def test_a_problem_has_its_trace_in_the_log(jenkins: Server) -> None:
    answer = jenkins.get("api/json?tree=jobs[name")
    [number] = re.findall(r"Logging ID=([\w-]+)", answer.text)
    log = jenkins.home.with_suffix(".log").read_text()
    trace = log.partition(f"Logging ID={number}\n")[2]
    assert trace.startswith("Traceback")
    assert "MalformedTree: jobs[name" in trace


def test_container_errors_do_not_name_the_session_but_pages_do(jenkins: Server) -> None:
    container = jenkins.post(f"{REGRESSION}/build")
    page = jenkins.get("job/none/api/json")
    assert "X-Jenkins-Session" not in container.headers
    assert "HTTP ERROR 400 Nothing is submitted" in container.text
    assert page.headers["X-Jenkins"] == "2.579"
    assert page.headers["X-Jenkins-Session"]


def test_launches_and_consoles_do_not_name_the_session(jenkins: Server) -> None:
    jenkins.make_job("silent", freestyle("true"))
    build = jenkins.run("job/silent")
    path = build["url"].removeprefix(jenkins.url)
    launched = jenkins.post("job/silent/build?delay=0sec")
    console = jenkins.get(f"{path}logText/progressiveText")
    for answer in (launched, console):
        assert answer.ok
        assert "X-Jenkins-Session" not in answer.headers


def test_disabled_job_is_not_buildable(jenkins: Server) -> None:
    jenkins.make_job("off", freestyle("true"))
    jenkins.make_job("off with parameters", freestyle("true", "A"))
    waiting = item_id(jenkins.post("job/off/build?delay=100sec"))
    for job in ("off", "off%20with%20parameters"):
        assert jenkins.post(f"job/{job}/disable").headers["Location"] == f"/job/{job}/"
    assert jenkins.json("job/off/api/json?tree=buildable,color,disabled") == {
        "_class": "hudson.model.FreeStyleProject",
        "buildable": False,
        "color": "disabled",
        "disabled": True,
    }
    assert jenkins.json(f"queue/item/{waiting}/api/json")["cancelled"] is True
    assert jenkins.post("job/off/build").status_code == 409
    refused = jenkins.post("job/off%20with%20parameters/buildWithParameters")
    assert refused.status_code == 409
    assert "off with parameters is not buildable" in refused.text
    assert jenkins.post("job/off/enable").status_code == 302
    assert jenkins.post("job/off/build").status_code == 201


class TestSignIn:
    """Who may see and do what."""

    @pytest.mark.parametrize("auth", [("svc-runboard", "wrong"), ("nobody", "x")])
    @pytest.mark.parametrize("path", ["api/json", "login", "job/qa/api/json"])
    def test_wrong_credentials_401_everywhere(
        self, jenkins: Server, auth: tuple[str, str], path: str
    ) -> None:
        answer = jenkins.get(path, auth=auth)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Jenkins", charset="UTF-8"'
        assert answer.headers["Content-Type"] == "text/html;charset=iso-8859-1"

    def test_malformed_basic_401(self, jenkins: Server) -> None:
        answer = jenkins.get("api/json", auth=None, headers={"Authorization": "Basic %%%"})
        assert answer.status_code == 401

    @pytest.mark.parametrize("path", ["", "api/json", "queue/api/json", "job/qa/api/json"])
    def test_signed_out_403_names_the_missing_right(self, jenkins: Server, path: str) -> None:
        answer = jenkins.get(path, auth=None)
        assert answer.status_code == 403
        assert answer.headers["X-You-Are-Authenticated-As"] == "anonymous"
        assert answer.headers["X-Required-Permission"] == READ
        assert "Authentication required" in answer.text

    def test_signed_out_may_ask_whether_it_is_up_and_who_one_is(self, jenkins: Server) -> None:
        assert jenkins.request("HEAD", "login", auth=None).status_code == 200
        who = jenkins.get("whoAmI/api/json", auth=None).json()
        assert who["name"] == "anonymous"
        assert who["anonymous"] is True

    def test_signed_in(self, jenkins: Server) -> None:
        assert jenkins.json("whoAmI/api/json")["name"] == "svc-runboard"
        assert jenkins.json("me/api/json?tree=id")["id"] == "svc-runboard"

    def test_reader_may_look_and_nothing_else(self, jenkins: Server) -> None:
        reader = jenkins.make_user("reader", READ, ITEM_READ)
        waiting = jenkins.launch(NIGHTLY, delay="1000sec")
        pages = [f"{NIGHTLY}/", "pluginManager/", "pluginManager/plugin/git/"]
        looks = [jenkins.get(f"{page}api/json", auth=reader).status_code for page in pages]
        tries = {
            f"{NIGHTLY}/build": 403,
            f"{REGRESSION}/buildWithParameters": 403,
            f"{NIGHTLY}/disable": 403,
            f"{NIGHTLY}/doDelete": 403,
            "createItem?name=x": 403,
            "demo/fault?kind=close-after-accept": 403,
            "demo/requests/reset": 403,
            f"queue/cancelItem?id={waiting}": 422,
        }
        done = {path: jenkins.post(path, auth=reader).status_code for path in tries}
        assert looks == [200, 403, 403]
        assert done == tries
        assert jenkins.post(f"queue/cancelItem?id={waiting}").status_code == 204

    def test_who_may_not_read_items_sees_none(self, jenkins: Server) -> None:
        stranger = jenkins.make_user("stranger", READ)
        assert jenkins.get("api/json", auth=stranger).json()["jobs"] == []
        assert jenkins.get("job/qa/api/json", auth=stranger).status_code == 404


class TestMakingItems:
    """createItem, config.xml, deleting."""

    @pytest.mark.parametrize("name", ["a" * 300, "ü" * 200])
    def test_name_that_is_too_long_for_the_file_system(self, jenkins: Server, name: str) -> None:
        answer = jenkins.post(
            "createItem", freestyle("true").encode(), params={"name": name}, headers=XML
        )
        assert answer.status_code == 500
        assert jenkins.get("api/json").ok

    def test_name_that_is_taken(self, jenkins: Server) -> None:
        jenkins.make_job("taken", freestyle("true"))
        answer = jenkins.post("createItem?name=taken", freestyle("true").encode(), headers=XML)
        assert answer.status_code == 400
        assert "already exists" in answer.headers["X-Error"]

    def test_broken_configuration(self, jenkins: Server) -> None:
        bad_number = "<project><quietPeriod>x</quietPeriod></project>"
        bad_encoding = "<?xml version='1.0' encoding='foo'?><project/>"
        deep = f"<project>{'<a>' * 3000}{'</a>' * 3000}</project>"
        for body in ("<project", "<unknown.kind/>", bad_number, bad_encoding, deep):
            answer = jenkins.post("createItem?name=broken", body.encode(), headers=XML)
            assert answer.status_code == 500
            assert answer.headers["X-Jenkins"]
            assert "Logging ID=" in answer.text
        assert jenkins.get("job/broken/api/json").status_code == 404

    def test_folder_and_job_in_it_with_names_that_need_encoding(self, jenkins: Server) -> None:
        form = {"name": "größe 1", "mode": "com.cloudbees.hudson.plugins.folder.Folder"}
        answer = jenkins.post("createItem", form)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/job/gr%C3%B6%C3%9Fe%201/configure"
        jenkins.make_job("süß & salzig".replace("&", "+"), freestyle("true"), "job/größe 1/")
        job = jenkins.json("job/größe 1/job/süß + salzig/api/json")
        assert job["fullName"] == "größe 1/süß + salzig"
        assert job["fullDisplayName"] == "größe 1 » süß + salzig"
        assert job["url"].endswith("/job/gr%C3%B6%C3%9Fe%201/job/s%C3%BC%C3%9F%20%2B%20salzig/")
        assert jenkins.run("job/größe 1/job/süß + salzig")["result"] == "SUCCESS"

    def test_configuration_is_read_back_and_replaced(self, jenkins: Server) -> None:
        jenkins.make_job("configured", freestyle("echo one"))
        assert "echo one" in jenkins.get("job/configured/config.xml").text
        new = freestyle("echo two").encode()
        assert jenkins.post("job/configured/config.xml", new, headers=XML).status_code == 200
        build = jenkins.run("job/configured")
        assert "two" in jenkins.console(build["url"].removeprefix(jenkins.url))

    def test_delete_by_post_and_by_delete(self, jenkins: Server) -> None:
        for name in ("gone1", "gone2"):
            jenkins.make_job(name, freestyle("sleep 60"))
            jenkins.started(jenkins.launch(f"job/{name}"))
        assert jenkins.post("job/gone1/doDelete").headers["Location"] == "/"
        assert jenkins.request("DELETE", "job/gone2/").status_code == 204
        names = [job["name"] for job in jenkins.json("api/json?tree=jobs[name]")["jobs"]]
        assert not {"gone1", "gone2"} & set(names)
        running = jenkins.json("computer/api/json?tree=computer[executors[currentExecutable[url]]]")
        assert "gone" not in json.dumps(running)
