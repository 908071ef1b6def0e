"""Folders and jobs: making, reading, configuring, switching, removing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.configuration import CHOICE, CHOICES, TEXT, default, freestyle, parameter
from tests.conformance.controller import FOLDER, LATER, XML, Controller, Job, not_supported

WORKFLOW = "org.jenkinsci.plugins.workflow"
REFUSED = [
    ("a name that is taken", "taken", XML, 400),
    ("no name", "", XML, 400),
    ("a slash in the name", "a/b", XML, 400),
    ("a question mark in the name", "a?b", XML, 400),
    ("a dot at the end", "a.", XML, 400),
    ("no kind of content", "no-type", {}, 400),
]


class TestMaking:
    """createItem."""

    @pytest.mark.parametrize("name", ["plain", "with space", "größe", "a+b=c,d", "50'"])
    def test_200_with_an_empty_body(self, jenkins: Controller, name: str) -> None:
        job = jenkins.name_job(f"made {name}")
        answer = jenkins.create(job.name, freestyle(description=name))
        assert (answer.status_code, answer.content) == (200, b"")
        shown = jenkins.json(job.path, "name,fullName,displayName,fullDisplayName,description,url")
        assert shown.pop("url").endswith(f"/{job.path}/")
        assert shown == {
            "_class": "hudson.model.FreeStyleProject",
            "name": job.name,
            "fullName": job.full_name,
            "displayName": job.name,
            "fullDisplayName": job.full_name.replace("/", " » "),
            "description": name,
        }
        assert jenkins.request("DELETE", f"{job.path}/").status_code == 204

    @pytest.mark.parametrize(
        ("name", "headers", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
    )
    def test_refused(
        self, jenkins: Controller, taken: Job, name: str, headers: dict[str, str], status: int
    ) -> None:
        name = taken.name if name == "taken" else name
        answer = jenkins.create(name, freestyle(), headers=headers)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["X-Error"]

    @pytest.mark.parametrize("body", ["<project", "<no.such.kind/>"])
    def test_what_is_no_configuration_500(self, jenkins: Controller, body: str) -> None:
        job = jenkins.name_job("broken")
        assert jenkins.create(job.name, body).status_code == 500
        assert jenkins.get(f"{job.path}/api/json").status_code == 404

    @pytest.mark.parametrize(
        "mode", ["hudson.model.FreeStyleProject", f"{WORKFLOW}.job.WorkflowJob", FOLDER]
    )
    def test_by_kind_it_leads_to_the_form(self, jenkins: Controller, mode: str) -> None:
        item = jenkins.name_job(f"made by {mode}")
        form = {"name": item.name, "mode": mode}
        answer = jenkins.post(f"{jenkins.folder}createItem", form)
        if answer.status_code == 400:
            not_supported(mode)
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(f"/{item.path}/configure")
        page = jenkins.get(f"{item.path}/configure")
        assert (page.status_code, page.headers["Content-Type"][:9]) == (200, "text/html")
        assert jenkins.json(item.path)["_class"] == mode
        assert jenkins.request("DELETE", f"{item.path}/").status_code == 204

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_a_copy(self, jenkins: Controller, taken: Job, slash: str) -> None:
        copy = jenkins.name_job(f"copy {len(slash)}")
        source = f"/{taken.full_name}" if slash else taken.name
        form = {"name": copy.name, "mode": "copy", "from": source}
        assert jenkins.post(f"{jenkins.folder}createItem", form).status_code == 302
        assert jenkins.json(copy.path, "description")["description"] == "the first"
        assert jenkins.request("DELETE", f"{copy.path}/").status_code == 204

    def test_a_folder_and_a_job_in_it(self, jenkins: Controller) -> None:
        if not jenkins.folder:
            not_supported("cloudbees-folder")
        form = {"name": "inner folder", "mode": FOLDER}
        made = jenkins.post(f"{jenkins.folder}createItem", form)
        assert made.status_code == 302
        path = f"{jenkins.folder}job/inner%20folder"
        answer = jenkins.post(
            f"{path}/createItem", freestyle().encode(), params={"name": "deep"}, headers=XML
        )
        assert answer.status_code == 200
        folder = jenkins.json(path)
        assert folder["_class"] == FOLDER
        assert not {"color", "builds", "lastBuild", "disabled"} & folder.keys()
        assert [job["name"] for job in folder["jobs"]] == ["deep"]
        deep = jenkins.json(f"{path}/job/deep", "fullName")["fullName"]
        assert deep == f"{jenkins.own_name}/inner folder/deep"
        read = jenkins.get(f"{path}/config.xml").text
        described = f"<{FOLDER}><description>new</description></{FOLDER}>"
        assert f"<{FOLDER}" in read
        assert jenkins.post(f"{path}/config.xml", described.encode(), headers=XML).ok
        assert jenkins.json(path, "description,jobs[name]")["description"] == "new"
        assert jenkins.request("DELETE", f"{path}/").status_code == 204


@pytest.fixture(scope="module")
def taken(jenkins: Controller) -> Job:
    """A job that is there."""
    return jenkins.make_job("taken", freestyle("echo one", description="the first"))


class TestConfiguration:
    """config.xml."""

    def test_is_read(self, jenkins: Controller, taken: Job) -> None:
        answer = jenkins.get(f"{taken.path}/config.xml")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("application/xml")
        assert "echo one" in answer.text

    def test_is_replaced(self, jenkins: Controller) -> None:
        job = jenkins.make_job("replaced", freestyle("echo one"))
        body = freestyle("echo two", description="the second").encode()
        answer = jenkins.post(f"{job.path}/config.xml", body, headers=XML)
        assert (answer.status_code, answer.content) == (200, b"")
        assert "echo two" in jenkins.get(f"{job.path}/config.xml").text
        assert jenkins.json(job.path, "description")["description"] == "the second"

    def test_what_is_none_500(self, jenkins: Controller, taken: Job) -> None:
        answer = jenkins.post(f"{taken.path}/config.xml", b"<project", headers=XML)
        assert answer.status_code == 500
        assert jenkins.json(taken.path, "description")["description"] == "the first"

    def test_of_another_kind_of_job_500(self, jenkins: Controller, taken: Job) -> None:
        body = b'<flow-definition plugin="workflow-job"/>'
        answer = jenkins.post(f"{taken.path}/config.xml", body, headers=XML)
        assert answer.status_code == 500
        assert jenkins.json(taken.path, "description")["description"] == "the first"

    def test_is_neither_put_nor_deleted_400(self, jenkins: Controller, taken: Job) -> None:
        for method in ("PUT", "DELETE"):
            assert jenkins.request(method, f"{taken.path}/config.xml").status_code == 400

    def test_of_no_job_404(self, jenkins: Controller) -> None:
        assert jenkins.get(f"{jenkins.name_job('none').path}/config.xml").status_code == 404


class TestDescription:
    """The description as text."""

    def test_is_read_and_replaced(self, jenkins: Controller) -> None:
        job = jenkins.make_job("described", freestyle(description="größer <b>"))
        answer = jenkins.get(f"{job.path}/description")
        assert answer.headers["Content-Type"].lower() == "text/plain;charset=utf-8"
        assert answer.content.decode() == "größer <b>"
        assert jenkins.post(f"{job.path}/description", {"description": "new"}).ok
        assert jenkins.get(f"{job.path}/description").text == "new"

    def test_of_none_is_empty(self, jenkins: Controller) -> None:
        job = jenkins.make_job("not described", freestyle())
        assert jenkins.get(f"{job.path}/description").content == b""


def test_a_page_without_its_slash_is_redirected(jenkins: Controller, taken: Job) -> None:
    answer = jenkins.get(taken.path, params={"a": "b"})
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/{taken.path}/?a=b")


def test_the_view_of_everything(jenkins: Controller, taken: Job) -> None:
    view = jenkins.json(f"{jenkins.folder}view/all")
    assert view["_class"] == "hudson.model.AllView"
    assert view["name"] == "all"
    assert taken.name in [job["name"] for job in view["jobs"]]
    through = jenkins.json(f"{jenkins.folder}view/all/{taken.path.removeprefix(jenkins.folder)}")
    assert through["fullName"] == taken.full_name
    page = jenkins.get(f"{jenkins.folder}view/all/")
    assert (page.status_code, page.headers["Content-Type"][:9]) == (200, "text/html")


@pytest.mark.parametrize("action", ["confirmRename", "doRename"])
def test_renaming(jenkins: Controller, action: str) -> None:
    old = jenkins.make_job(f"before {action}", freestyle(description="kept"))
    new = jenkins.name_job(f"after {action}")
    answer = jenkins.post(f"{old.path}/{action}", {"newName": new.name})
    assert answer.status_code == 302
    assert jenkins.json(new.path, "description")["description"] == "kept"
    assert jenkins.get(f"{old.path}/api/json").status_code == 404
    assert jenkins.request("DELETE", f"{new.path}/").status_code == 204


REMOVALS = [("POST", "/doDelete", 302), ("DELETE", "/", 204)]


@pytest.mark.parametrize(("method", "page", "status"), REMOVALS)
def test_removing(jenkins: Controller, method: str, page: str, status: int) -> None:
    job = jenkins.make_job(f"removed by {method}", freestyle(quiet_s=1000))
    item = jenkins.launch(job, delay=LATER)
    answer = jenkins.request(method, job.path + page)
    assert answer.status_code == status
    assert jenkins.get(f"{job.path}/api/json").status_code == 404
    assert jenkins.item(item)["cancelled"] is True


def test_removing_by_get_405(jenkins: Controller, taken: Job) -> None:
    answer = jenkins.get(f"{taken.path}/doDelete")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert jenkins.get(f"{taken.path}/api/json").status_code == 200


class TestSwitching:
    """enable and disable."""

    def test_off_and_on(self, jenkins: Controller) -> None:
        job = jenkins.make_job("switched", freestyle(quiet_s=1000))
        item = jenkins.launch(job, delay=LATER)
        tree = "color,buildable,disabled,inQueue"
        for _ in range(2):  # it may be done again
            answer = jenkins.post(f"{job.path}/disable")
            assert answer.status_code == 302
            assert answer.headers["Location"].endswith(f"/{job.path}/")
            assert jenkins.json(job.path, tree) == {
                "_class": "hudson.model.FreeStyleProject",
                "color": "disabled",
                "buildable": False,
                "disabled": True,
                "inQueue": False,
            }
        assert jenkins.item(item)["cancelled"] is True
        assert jenkins.post(f"{job.path}/enable").status_code == 302
        assert jenkins.json(job.path, tree) == {
            "_class": "hudson.model.FreeStyleProject",
            "color": "notbuilt",
            "buildable": True,
            "disabled": False,
            "inQueue": False,
        }

    @pytest.mark.parametrize("action", ["disable", "enable"])
    def test_by_get_405(self, jenkins: Controller, taken: Job, action: str) -> None:
        answer = jenkins.get(f"{taken.path}/{action}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")

    def test_a_folder_stays_as_it_is(self, jenkins: Controller) -> None:
        if not jenkins.folder:
            not_supported("cloudbees-folder")
        assert jenkins.post(f"{jenkins.folder}disable").status_code == 302
        assert "disabled" not in jenkins.json(jenkins.folder.rstrip("/"))
        assert jenkins.post(f"{jenkins.folder}enable").status_code == 302


NEVER_BUILT = {
    "color": "notbuilt",
    "buildable": True,
    "inQueue": False,
    "queueItem": None,
    "concurrentBuild": True,
    "keepDependencies": False,
    "nextBuildNumber": 1,
    "builds": [],
    "firstBuild": None,
    "lastBuild": None,
    "lastCompletedBuild": None,
    "lastFailedBuild": None,
    "lastStableBuild": None,
    "lastSuccessfulBuild": None,
    "lastUnstableBuild": None,
    "lastUnsuccessfulBuild": None,
    "healthReport": [],
    "property": [],
    "downstreamProjects": [],
    "upstreamProjects": [],
}


def test_a_job_that_never_ran(jenkins: Controller) -> None:
    job = jenkins.json(jenkins.make_job("never ran", freestyle()).path)
    assert {name: job[name] for name in NEVER_BUILT} == NEVER_BUILT


KINDS: dict[
    str, tuple[str, dict[str, Any]]
] = {  # what the configuration holds, and what it is shown as beside name and kind
    "String": (
        default("smoke") + "<description>Which plan</description>",
        {"description": "Which plan", "defaultParameterValue": ("String", "smoke")},
    ),
    "Text": (
        default("one\ntwo"),
        {"description": None, "defaultParameterValue": ("Text", "one\ntwo")},
    ),
    "Boolean": (
        default("true"),
        {"description": None, "defaultParameterValue": ("Boolean", True)},
    ),
    "Choice": (
        CHOICE.partition("</name>")[2].rpartition("</")[0],
        {
            "description": None,
            "defaultParameterValue": ("String", CHOICES[0]),
            "choices": list(CHOICES),
        },
    ),
    "Password": (
        default("hidden"),
        {"description": None, "defaultParameterValue": ("Password", None)},
    ),
    "File": (
        "<description>uploaded</description>",
        {"description": "uploaded", "defaultParameterValue": None},
    ),
    "Run": (
        "<projectName>{other}</projectName><filter>COMPLETED</filter>",
        {
            "description": None,
            "defaultParameterValue": None,
            "projectName": "{other}",
            "filter": "COMPLETED",
        },
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_parameter_definitions(jenkins: Controller, taken: Job, kind: str) -> None:
    inner, expected = KINDS[kind]
    definition = parameter(kind, "Its name", inner.format(other=taken.full_name))
    job = jenkins.make_job(f"with {kind}", freestyle("true", TEXT, definition))
    tree = "property[parameterDefinitions[*,defaultParameterValue[*]]]"
    for place in ("property", "actions"):
        shown = jenkins.json(job.path, tree.replace("property", place))[place]
        [definitions] = [entry for entry in shown if "parameterDefinitions" in entry]
        assert definitions["_class"] == "hudson.model.ParametersDefinitionProperty"
        assert definitions["parameterDefinitions"][1] == _shown(kind, expected, taken)


def _shown(kind: str, expected: dict[str, Any], other: Job) -> dict[str, Any]:
    class_name = f"hudson.model.{kind}Parameter"
    own: dict[str, Any] = {
        "_class": f"{class_name}Definition",
        "name": "Its name",
        "type": f"{kind}ParameterDefinition",
    }
    for name, value in expected.items():
        own[name] = value.format(other=other.full_name) if isinstance(value, str) else value
        if isinstance(value, tuple):
            own[name] = {"_class": f"hudson.model.{value[0]}ParameterValue", "name": "Its name"}
            if value[0] != "Password":  # it shows no value
                own[name]["value"] = value[1]
    return own
