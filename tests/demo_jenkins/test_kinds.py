"""Kinds of items and parameters beside the usual ones, and what else is done with items."""

from __future__ import annotations

import ast
import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.demo_jenkins.server import Server, freestyle, item_id

MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
PIPELINE = "<flow-definition><definition><script>echo 'hi'</script></definition></flow-definition>"
CREDENTIALS = "com.cloudbees.plugins.credentials.CredentialsParameterDefinition"
COLOUR = "org.example.ColourParameterDefinition"
LATER = "1000sec"


def path_of(jenkins: Server, build: dict[str, Any]) -> str:
    return str(build["url"]).removeprefix(jenkins.url)


@pytest.fixture(scope="module")
def shop(jenkins: Server) -> str:
    """A multibranch project with two branches; its path."""
    jenkins.make_job("shop", f"<{MULTIBRANCH}><disabled>false</disabled></{MULTIBRANCH}>")
    jenkins.make_job("main", PIPELINE, "job/shop/")
    jenkins.make_job("feature%2Fx", PIPELINE, "job/shop/")
    return "job/shop"


@pytest.fixture(scope="module")
def odd_job(jenkins: Server) -> str:
    """A job with a file, a credentials and an unknown kind of parameter; its path."""
    definitions = [
        "<hudson.model.FileParameterDefinition><name>in.csv</name>"
        "</hudson.model.FileParameterDefinition>",
        f"<{CREDENTIALS}><name>KEY</name><defaultValue>id-1</defaultValue></{CREDENTIALS}>",
        f"<{COLOUR}><name>C</name></{COLOUR}>",
    ]
    command = "cat in.csv; echo $KEY $C"
    jenkins.make_job("odd kinds", freestyle(command, *definitions, is_concurrent=True))
    return "job/odd kinds"


class TestMultibranch:
    """A folder whose jobs Jenkins finds in a repository."""

    def test_a_branch_name_is_encoded_twice_in_its_url(self, jenkins: Server, shop: str) -> None:
        folder = jenkins.json(f"{shop}/api/json?tree=disabled,jobs[name,url]")
        assert folder["_class"] == MULTIBRANCH
        assert folder["disabled"] is False
        assert folder["jobs"][0]["name"] == "feature%2Fx"
        assert folder["jobs"][0]["url"].endswith("/job/shop/job/feature%252Fx/")
        assert jenkins.run(f"{shop}/job/feature%252Fx")["result"] == "SUCCESS"

    def test_building_it_looks_for_branches(self, jenkins: Server, shop: str) -> None:
        answer = jenkins.post(f"{shop}/build")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/{shop}/")
        assert jenkins.post("job/qa/build").status_code == 404

    def test_disabled_its_jobs_are_not_buildable(self, jenkins: Server, shop: str) -> None:
        jenkins.post(f"{shop}/disable")
        assert jenkins.json(f"{shop}/job/main/api/json?tree=buildable")["buildable"] is False
        assert jenkins.post(f"{shop}/job/main/build").status_code == 409
        assert jenkins.post(f"{shop}/build").status_code == 500
        jenkins.post(f"{shop}/enable")
        assert jenkins.post(f"{shop}/job/main/build").status_code == 201


class TestMatrix:
    """A job that runs for each value of an axis, with an aggregated report."""

    def test_aggregated_report(self, jenkins: Server) -> None:
        command = (
            "set +x; [ $OS = mac ] && bad='<failure message=\"no\"/>' || bad=\n"
            "echo \"<testsuite><testcase name='t'>$bad</testcase></testsuite>\" > r.xml"
        )
        axis = "<hudson.matrix.TextAxis><name>OS</name><values><string>linux</string>"
        axis += "<string>mac</string></values></hudson.matrix.TextAxis>"
        xml = freestyle(command, junit="r.xml").replace("project>", "matrix-project>")
        jenkins.make_job("matrix", xml.replace("<properties>", f"<axes>{axis}</axes><properties>"))
        build = jenkins.run("job/matrix")
        report = jenkins.json(f"{path_of(jenkins, build)}testReport/api/json")
        assert build["_class"] == "hudson.matrix.MatrixBuild"
        assert build["result"] == "UNSTABLE"
        assert "suites" not in report
        assert (report["failCount"], report["totalCount"]) == (1, 2)
        children = [(c["child"]["url"], c["result"]["failCount"]) for c in report["childReports"]]
        assert children == [
            (f"{jenkins.url}job/matrix/OS=linux/1/", 0),
            (f"{jenkins.url}job/matrix/OS=mac/1/", 1),
        ]


class TestParameters:
    """Kinds of parameters that need more than a text."""

    def test_definitions(self, jenkins: Server, odd_job: str) -> None:
        tree = "property[parameterDefinitions[*,defaultParameterValue[*]]]"
        shown = jenkins.json(f"{odd_job}/api/json?tree={tree}")["property"][0][
            "parameterDefinitions"
        ]
        assert [each["type"] for each in shown] == [
            "FileParameterDefinition",
            "CredentialsParameterDefinition",
            "ColourParameterDefinition",
        ]
        assert shown[0]["defaultParameterValue"] is None
        assert shown[1]["_class"] == CREDENTIALS
        assert shown[1]["defaultParameterValue"]["value"] == "id-1"
        assert shown[2]["_class"] == "org.example.ColourParameterDefinition"

    def test_an_uploaded_file_lies_in_the_workspace(self, jenkins: Server, odd_job: str) -> None:
        files = {"in.csv": ("local name.csv", b"a;b\xff\n"), "C": (None, "red")}
        answer = jenkins.post(f"{odd_job}/buildWithParameters?delay=0sec", files=files)
        build = jenkins.ended(jenkins.started(item_id(answer)))
        shown = build["actions"][0]["parameters"]
        console = jenkins.get(f"{path_of(jenkins, build)}consoleText").content
        assert b"a;b\xff\n" in console
        assert b"\nid-1 red\n" in console
        assert shown[0] == {"_class": "hudson.model.FileParameterValue", "name": "in.csv"}
        assert shown[2]["_class"] == "org.example.ColourParameterValue"


def test_a_run_as_a_parameter(jenkins: Server) -> None:
    tag = "hudson.model.RunParameterDefinition"
    inner = "<name>Up</name><projectName>qa/nightly</projectName>"
    jenkins.make_job("downstream", freestyle("true", f"<{tag}>{inner}</{tag}>"))
    item = jenkins.launch("job/downstream", {"Up": "qa/nightly#3"}, LATER)
    parameters = jenkins.json(f"queue/item/{item}/api/json")["actions"][0]["parameters"]
    shown = {"name": "Up", "jobName": "qa/nightly", "number": "3"}
    assert parameters == [{"_class": "hudson.model.RunParameterValue", **shown}]


@pytest.fixture(scope="module")
def _up(jenkins: Server) -> Iterator[None]:
    """A job ``up`` with a good, an unstable, a failed and a running build."""
    xml = freestyle('[ "$STATUS" != on ] || sleep 600; exit "$STATUS"', "STATUS")
    xml = xml.replace("</command>", "</command><unstableReturn>7</unstableReturn>")
    jenkins.make_job("up", xml)
    for status in ("0", "7", "1"):
        jenkins.run("job/up", {"STATUS": status})
    running = jenkins.started(jenkins.launch("job/up", {"STATUS": "on"}))
    yield
    jenkins.post(f"{running}stop")


@pytest.mark.parametrize(
    ("run_filter", "number"),
    [("ALL", "4"), ("COMPLETED", "3"), ("SUCCESSFUL", "2"), ("STABLE", "1"), ("", "4")],
)
@pytest.mark.usefixtures("_up")
def test_a_run_that_nobody_names(jenkins: Server, run_filter: str, number: str) -> None:
    tag = "hudson.model.RunParameterDefinition"
    inner = "<name>Up</name><projectName>up</projectName>"
    inner += f"<filter>{run_filter}</filter>" if run_filter else ""
    name = f"down-{run_filter}"
    jenkins.make_job(name, freestyle("true", f"<{tag}>{inner}</{tag}>", "A"))
    value = {"_class": "hudson.model.RunParameterValue", "name": "Up"}
    value |= {"jobName": "up", "number": number}
    tree = "property[parameterDefinitions[defaultParameterValue[*]]]"
    [shown] = jenkins.json(f"job/{name}/api/json?tree={tree}")["property"]
    assert shown["parameterDefinitions"][0]["defaultParameterValue"] == value
    item = jenkins.launch(f"job/{name}", {"A": "1"}, LATER)
    [action, _] = jenkins.json(f"queue/item/{item}/api/json")["actions"]
    assert action["parameters"][0] == value


class TestItems:
    """Copying, renaming, describing."""

    def test_copy(self, jenkins: Server) -> None:
        jenkins.make_job("original", freestyle("echo original"))
        copied = jenkins.post("createItem?name=copy&mode=copy&from=original")
        missing = jenkins.post("createItem?name=copy2&mode=copy&from=nothing")
        assert (copied.status_code, copied.headers["Location"]) == (302, "/job/copy/")
        assert missing.status_code == 400
        assert "\noriginal\n" in jenkins.console(path_of(jenkins, jenkins.run("job/copy")))

    def test_moving(self, start: Callable[..., Server]) -> None:
        jenkins = start("--seed")
        jenkins.make_job("moved", freestyle("echo moved"))
        jenkins.run("job/moved")
        moved = jenkins.post("job/moved/move/move", {"destination": "/qa"})
        assert (moved.status_code, moved.headers["Location"]) == (302, "/job/qa/job/moved/")
        assert jenkins.get("job/moved/api/json").status_code == 404
        for target in ("/qa", "/none", "/qa/moved"):
            refused = jenkins.post("job/qa/job/moved/move/move", {"destination": target})
            assert (refused.status_code, bool(refused.headers["X-Error"])) == (400, True)
        assert jenkins.post("job/qa/move/move", {"destination": "/qa"}).status_code == 400
        jenkins.stop()
        jenkins.start()
        assert "\nmoved\n" in jenkins.console("job/qa/job/moved/1/")
        assert jenkins.post("job/qa/job/moved/move/move?destination=/").status_code == 302
        assert jenkins.run("job/moved")["number"] == 2

    @pytest.mark.parametrize("source", ["/original2", "original2"])
    def test_copy_into_a_folder_from_the_root(self, jenkins: Server, source: str) -> None:
        if jenkins.get("job/original2/").status_code == 404:
            jenkins.make_job("original2", freestyle("true"))
        form = {"name": f"copy of {source}".replace("/", "_"), "mode": "copy", "from": source}
        assert jenkins.post("job/qa/createItem", form).status_code == 302
        assert jenkins.json(f"job/qa/job/{form['name']}/api/json")["buildable"] is True
        assert jenkins.request("DELETE", f"job/qa/job/{form['name']}/").status_code == 204

    @pytest.mark.parametrize("action", ["confirmRename", "doRename"])
    def test_rename_keeps_builds(self, jenkins: Server, action: str) -> None:
        before, after = f"before {action}", f"after-{action}"
        jenkins.make_job(before, freestyle("true"))
        jenkins.run(f"job/{before}")
        answer = jenkins.post(f"job/{before}/{action}?newName={after}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/job/{after}/")
        assert jenkins.json(f"job/{after}/1/api/json")["result"] == "SUCCESS"
        assert "Finished: SUCCESS" in jenkins.console(f"job/{after}/1/")
        assert jenkins.get(f"job/{before}/api/json").status_code == 404

    @pytest.mark.parametrize("name", ["qa", "a/b", ""])
    def test_rename_to_what_is_taken_or_no_name(self, jenkins: Server, name: str) -> None:
        if jenkins.get("job/stays/").status_code == 404:
            jenkins.make_job("stays", freestyle("true"))
        answer = jenkins.post("job/stays/confirmRename", {"newName": name})
        assert answer.status_code == 400
        assert answer.headers["X-Error"]

    def test_a_running_job_is_not_renamed(self, jenkins: Server) -> None:
        jenkins.make_job("busy bee", freestyle("sleep 60"))
        path = jenkins.started(jenkins.launch("job/busy bee"))
        assert jenkins.post("job/busy bee/confirmRename?newName=idle").status_code == 400
        jenkins.post(f"{path}stop")
        jenkins.ended(path)

    def test_description(self, jenkins: Server) -> None:
        jenkins.make_job("described", freestyle("true"))
        jenkins.post("job/described/submitDescription", {"description": "<i>new</i>"})
        shown = jenkins.json("job/described/api/json?tree=description")
        assert shown["description"] == "<i>new</i>"


class TestConsoles:
    """Consoles that were zipped or cut off later, and the form for pages."""

    @pytest.fixture
    def build(self, jenkins: Server, request: pytest.FixtureRequest) -> str:
        """A build of the test's own; its path."""
        name = f"console of {request.node.name}"
        jenkins.make_job(name, freestyle("set +x; seq 1000; echo '<b>'"))
        return path_of(jenkins, jenkins.run(f"job/{name}"))

    def test_zipped(self, jenkins: Server, build: str) -> None:
        before = jenkins.get(f"{build}logText/progressiveText?start=100")
        jenkins.post(f"{build}demo/zipLog")
        after = jenkins.get(f"{build}logText/progressiveText?start=100")
        assert list(jenkins.home.rglob("log.gz"))
        assert after.content == before.content
        assert after.headers["X-Text-Size"] == before.headers["X-Text-Size"]

    def test_truncated_starts_over(self, jenkins: Server, build: str) -> None:
        size = int(jenkins.get(f"{build}logText/progressiveText").headers["X-Text-Size"])
        jenkins.post(f"{build}demo/truncateLog?size=50")
        answer = jenkins.get(f"{build}logText/progressiveText?start={size}")
        assert answer.headers["X-Text-Size"] == "50"
        assert answer.content.startswith(b"Started by user")

    def test_html(self, jenkins: Server, build: str) -> None:
        answer = jenkins.get(f"{build}logText/progressiveHtml?start=0")
        assert "&lt;b&gt;" in answer.text
        assert "\x1b[8m" not in answer.text
        assert answer.headers["X-ConsoleAnnotator"]

    def test_text_is_zipped_on_the_wire_for_who_takes_it(self, jenkins: Server, build: str) -> None:
        with requests.get(
            f"{jenkins.url}{build}consoleText",
            auth=(jenkins.user, jenkins.token),
            stream=True,
            timeout=10,
        ) as answer:
            raw = answer.raw.read(decode_content=False)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert b"\n1000\n" in gzip.decompress(raw)


def test_python_is_the_same_as_json(jenkins: Server) -> None:
    path = "job/qa/job/regression/api"
    as_python = jenkins.get(f"{path}/python")
    assert as_python.headers["Content-Type"] == "text/x-python;charset=utf-8"
    assert ast.literal_eval(as_python.text) == jenkins.json(f"{path}/json")


def test_a_request_line_that_is_too_long(jenkins: Server) -> None:
    path = "job/qa/job/regression/buildWithParameters"
    assert jenkins.post(path, params={"Notes": "x" * 9000}).status_code == 414
    text = "ü" * 50_000
    item = jenkins.launch("job/qa/job/regression", {"Notes": text}, LATER)
    parameters = jenkins.json(f"queue/item/{item}/api/json")["actions"][0]["parameters"]
    assert {p["name"]: p.get("value") for p in parameters}["Notes"] == text


def test_the_crumb_as_shell_scripts_ask_for_it(start: Callable[..., Server]) -> None:
    jenkins = start()
    xpath = {"xpath": 'concat(//crumbRequestField,":",//crumb)'}
    answer = jenkins.get("crumbIssuer/api/xml", params=xpath)
    name, _, crumb = answer.text.partition(":")
    assert (name, len(crumb)) == ("Jenkins-Crumb", 64)
    assert any(cookie.name.startswith("JSESSIONID.") for cookie in answer.cookies)
    assert jenkins.get("crumbIssuer/api/xml", params={"xpath": "//crumb/text()"}).status_code == 403
