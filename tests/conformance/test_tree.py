"""Which fields an answer has: ``tree`` with its ranges, ``depth`` and ``pretty``."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from tests.conformance.configuration import TEXT, freestyle
from tests.conformance.controller import Controller, Job

PROJECT = "hudson.model.FreeStyleProject"


@pytest.fixture(scope="module")
def job(jenkins: Controller) -> Job:
    """The first of five jobs with a parameter, which has two builds."""
    jobs = [jenkins.make_job(f"tree {n}", freestyle("true", TEXT)) for n in range(5)]
    for plan in ("one", "two"):
        jenkins.run(jobs[0], {"PLAN": plan})
    return jobs[0]


RANGES = [
    ("{0,2}", slice(0, 2)),
    ("{1,3}", slice(1, 3)),
    ("{,2}", slice(0, 2)),
    ("{3,}", slice(3, None)),
    ("{2}", slice(2, 3)),
    ("{0,1000}", slice(0, None)),
    ("{1000,}", slice(1000, None)),
]


@pytest.mark.parametrize(("text", "part"), RANGES)
@pytest.mark.usefixtures("job")
def test_ranges(jenkins: Controller, text: str, part: slice) -> None:
    place = jenkins.folder.rstrip("/")
    names = jenkins.json(place, "jobs[name]")["jobs"]
    assert len(names) >= 5
    assert jenkins.json(place, f"jobs[name]{text}")["jobs"] == names[part]


def test_two_ranges_and_what_is_in_them(jenkins: Controller, job: Job) -> None:
    tree = "builds[number,actions[parameters[value]{0,1}]]{1,2},nextBuildNumber"
    [build] = jenkins.json(job.path, tree)["builds"]
    values = [action["parameters"] for action in build["actions"] if "parameters" in action]
    assert build["number"] == 1
    assert values == [[{"_class": "hudson.model.StringParameterValue", "value": "one"}]]


SELECTED: list[tuple[str, dict[str, Any]]] = [
    ("_class", {"_class": PROJECT}),
    ("color", {"_class": PROJECT, "color": "blue"}),
    (
        "color,noSuchField,nextBuildNumber",
        {"_class": PROJECT, "color": "blue", "nextBuildNumber": 3},
    ),
    (
        "lastBuild[number],lastFailedBuild[number]",
        {
            "_class": PROJECT,
            "lastBuild": {"_class": "hudson.model.FreeStyleBuild", "number": 2},
            "lastFailedBuild": None,
        },
    ),
    (
        "builds[number,result]",
        {
            "_class": PROJECT,
            "builds": [
                {"_class": "hudson.model.FreeStyleBuild", "number": 2, "result": "SUCCESS"},
                {"_class": "hudson.model.FreeStyleBuild", "number": 1, "result": "SUCCESS"},
            ],
        },
    ),
]


@pytest.mark.parametrize(("tree", "expected"), SELECTED, ids=[tree for tree, _ in SELECTED])
def test_selection(jenkins: Controller, job: Job, tree: str, expected: dict[str, Any]) -> None:
    assert jenkins.json(job.path, tree) == expected


def test_a_star_is_every_field(jenkins: Controller, job: Job) -> None:
    assert jenkins.json(job.path, "*").keys() >= jenkins.json(job.path).keys()


def test_tree_wins_over_depth(jenkins: Controller, job: Job) -> None:
    both = jenkins.get(f"{job.path}/api/json", params={"tree": "color", "depth": "2"})
    assert both.json() == {"_class": PROJECT, "color": "blue"}


def test_depth_shows_more_of_what_is_nested(jenkins: Controller, job: Job) -> None:
    flat, deep = (
        jenkins.get(f"{job.path}/api/json", params={"depth": depth}).json()["builds"][0]
        for depth in ("0", "1")
    )
    assert flat.keys() == {"_class", "number", "url"}
    assert deep.keys() > {"result", "building", "queueId", "timestamp", "duration"}


def test_all_builds_show_only_when_named(jenkins: Controller, job: Job) -> None:
    assert "allBuilds" not in jenkins.json(job.path)
    assert len(jenkins.json(job.path, "allBuilds[number]")["allBuilds"]) == 2


def test_pretty_is_the_same_data_indented(jenkins: Controller, job: Job) -> None:
    pretty = jenkins.get(f"{job.path}/api/json?pretty=false&tree=color")
    assert "\n  " in pretty.text
    assert pretty.json() == jenkins.json(job.path, "color")


@pytest.mark.parametrize("tree", ["jobs[name", "jobs[", "jobs[name]{x}", "jobs[name]]"])
def test_malformed_500(jenkins: Controller, tree: str) -> None:
    answer = jenkins.get("api/json", params={"tree": tree})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")


def test_by_post_too(jenkins: Controller, job: Job) -> None:
    assert jenkins.post(f"{job.path}/api/json", {"tree": "color"}).json()["color"] == "blue"


class TestXml:
    """The same data as XML, by XPath."""

    def xml(self, jenkins: Controller, job: Job, **query: str) -> requests.Response:
        return jenkins.get(f"{job.path}/api/xml", params={"tree": "color,builds[number]"} | query)

    def test_elements_are_named_after_the_class_and_each_of_a_list(
        self, jenkins: Controller, job: Job
    ) -> None:
        answer = self.xml(jenkins, job)
        root = ElementTree.fromstring(answer.content)  # noqa: S314 of a controller we may ask
        assert answer.headers["Content-Type"].lower() == "application/xml;charset=utf-8"
        assert (root.tag, root.get("_class")) == ("freeStyleProject", PROJECT)
        assert root.findtext("color") == "blue"
        assert [number.text for number in root.findall("build/number")] == ["2", "1"]

    @pytest.mark.parametrize("xpath", ["/freeStyleProject/color", "//color", "*/color"])
    def test_one_match(self, jenkins: Controller, job: Job, xpath: str) -> None:
        assert self.xml(jenkins, job, xpath=xpath).text == "<color>blue</color>"

    def test_several_need_a_wrapper(self, jenkins: Controller, job: Job) -> None:
        assert self.xml(jenkins, job, xpath="//number").status_code == 500
        wrapped = self.xml(jenkins, job, xpath="//number", wrapper="all")
        assert wrapped.text == "<all><number>2</number><number>1</number></all>"

    def test_what_is_excluded(self, jenkins: Controller, job: Job) -> None:
        text = self.xml(jenkins, job, exclude="//build").text
        assert "<color>" in text
        assert "<build" not in text

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"xpath": "//none"}, 404),
            ({"xpath": "//color", "wrapper": "<b>"}, 400),
            ({"xpath": "//color/text()"}, 403),
            ({"xpath": "concat(//color,'')"}, 403),
        ],
    )
    def test_refused(
        self, jenkins: Controller, job: Job, query: dict[str, str], status: int
    ) -> None:
        answer = self.xml(jenkins, job, **query)
        assert answer.status_code == status
        assert answer.headers.keys() >= {"X-Jenkins", "X-Jenkins-Session"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "deny"

    def test_a_wrapper_is_for_what_an_xpath_selects(self, jenkins: Controller, job: Job) -> None:
        assert self.xml(jenkins, job, wrapper="all").text == self.xml(jenkins, job).text


def test_jsonp_403(jenkins: Controller) -> None:
    assert jenkins.get("api/json", params={"jsonp": "call"}).status_code == 403
