"""Agents, artifacts, changes, and results of single steps."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.demo_jenkins.server import Server, freestyle, wait_for

LATER = "1000sec"


def path_of(jenkins: Server, build: dict[str, Any]) -> str:
    return str(build["url"]).removeprefix(jenkins.url)


def archiving(command: str, pattern: str) -> str:
    archiver = "hudson.tasks.ArtifactArchiver"
    publisher = f"<{archiver}><artifacts>{pattern}</artifacts></{archiver}>"
    return freestyle(command).replace("<publishers>", f"<publishers>{publisher}")


def why(jenkins: Server, item: int) -> str:
    wait_for(lambda: jenkins.json(f"queue/item/{item}/api/json")["buildable"])
    return str(jenkins.json(f"queue/item/{item}/api/json")["why"])


def test_agents_take_what_has_their_label(start: Callable[..., Server]) -> None:
    jenkins = start("--executors", "1")
    jenkins.make_job("gpu", freestyle("sleep 60", "A", label="gpu", is_concurrent=True))
    jenkins.make_job("lost", freestyle("true", label="tpu"))
    jenkins.post("demo/agent", {"name": "card", "label": "gpu"})
    path = jenkins.started(jenkins.launch("job/gpu", {"A": "1"}))
    second, lost = jenkins.launch("job/gpu", {"A": "2"}), jenkins.launch("job/lost")
    assert jenkins.json(f"{path}api/json")["builtOn"] == "card"
    assert why(jenkins, second) == "Waiting for next available executor on \u2018card\u2019"
    assert why(jenkins, lost) == "There are no nodes with the label \u2018tpu\u2019"
    jenkins.post("computer/card/toggleOffline", {"offlineMessage": "new fan"})
    assert why(jenkins, second) == "\u2018card\u2019 is offline"
    assert jenkins.json(f"queue/item/{second}/api/json")["stuck"] is True
    card = jenkins.json(
        "computer/card/api/json?tree=offline,offlineCauseReason,assignedLabels[name]"
    )
    assert (card["offline"], card["offlineCauseReason"]) == (True, "new fan")
    assert card["assignedLabels"] == [{"name": "card"}, {"name": "gpu"}]
    jenkins.post(f"{path}stop")
    jenkins.ended(path)
    jenkins.post("computer/card/toggleOffline")
    jenkins.post(f"{jenkins.started(second)}stop")
    computers = jenkins.json("computer/api/json")
    names = [computer["displayName"] for computer in computers["computer"]]
    assert (names, computers["totalExecutors"]) == (["Built-In Node", "card"], 2)
    assert jenkins.get("computer/none/api/json").status_code == 404
    label = jenkins.json("label/gpu/api/json")
    assert (label["name"], label["offline"], label["totalExecutors"]) == ("gpu", False, 1)
    assert label["nodes"] == [{"_class": "hudson.slaves.DumbSlave", "nodeName": "card"}]
    assert [job["name"] for job in label["tiedJobs"]] == ["gpu"]
    assert jenkins.json("label/tpu/api/json")["nodes"] == []


class TestAgents:
    """Made, configured and removed as clients do."""

    TYPE = "hudson.slaves.DumbSlave"

    def make(self, jenkins: Server, name: str, executors: int) -> requests.Response:
        described = {"nodeDescription": "a card", "numExecutors": executors, "labelString": "gpu x"}
        form = {"name": name, "type": self.TYPE, "json": json.dumps(described)}
        return jenkins.post("computer/doCreateItem", form)

    def test_made_and_removed(self, start: Callable[..., Server]) -> None:
        jenkins = start()
        made = self.make(jenkins, "card 1", 2)
        assert (made.status_code, made.headers["Location"]) == (302, "/computer/")
        assert jenkins.get("computer/").status_code == 200
        shown = jenkins.json("computer/card%201/api/json")
        assert (shown["description"], shown["numExecutors"]) == ("a card", 2)
        assert [label["name"] for label in shown["assignedLabels"]] == ["card 1", "gpu", "x"]
        for name in ("card 1", "a/b", ""):
            refused = self.make(jenkins, name, 1)
            assert (refused.status_code, bool(refused.headers["X-Error"])) == (400, True)
        removed = jenkins.post("computer/card%201/doDelete")
        assert (removed.status_code, removed.headers["Location"]) == (302, "/computer/")
        assert jenkins.get("computer/card%201/api/json").status_code == 404

    def test_configured(self, start: Callable[..., Server]) -> None:
        jenkins = start()
        self.make(jenkins, "card", 2)
        answer = jenkins.get("computer/card/config.xml")
        assert answer.headers["Content-Type"] == "application/xml"
        xml = answer.text.replace(">gpu x<", ">tpu<").replace(">2<", ">3<")
        assert jenkins.post("computer/card/config.xml", xml.encode()).status_code == 200
        shown = jenkins.json("computer/card/api/json?depth=1")
        assert [label["name"] for label in shown["assignedLabels"]] == ["card", "tpu"]
        assert [executor["number"] for executor in shown["executors"]] == [0, 1, 2]
        assert jenkins.post("computer/card/config.xml", b"<project/>").status_code == 500

    def test_what_runs_there_outlives_fewer_executors_but_not_the_agent(
        self, start: Callable[..., Server]
    ) -> None:
        jenkins = start()
        self.make(jenkins, "card", 1)
        jenkins.make_job("long", freestyle("exec sleep 600", label="gpu"))
        path = jenkins.started(jenkins.launch("job/long"))
        xml = jenkins.get("computer/card/config.xml").text.replace(">1<", ">0<")
        jenkins.post("computer/card/config.xml", xml.encode())
        assert jenkins.json("computer/card/api/json")["numExecutors"] == 1
        jenkins.post("computer/card/doDelete")
        assert jenkins.json(f"{path}api/json")["result"] == "ABORTED"

    def test_a_pipeline_beside_the_executors_is_stopped(self, start: Callable[..., Server]) -> None:
        jenkins = start()
        script = "<flow-definition><definition><script>sleep 600</script></definition>"
        jenkins.make_job("beside", f"{script}</flow-definition>")
        path = jenkins.started(jenkins.launch("job/beside"))
        executor = "computer/(built-in)/oneOffExecutors/0"
        answer = jenkins.post(f"{executor}/stopBuild", {"runExtId": "beside#1"})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/{executor}/")
        assert jenkins.ended(path)["result"] == "ABORTED"
        assert jenkins.post("computer/(built-in)/executors/99/stop").status_code == 404


@pytest.fixture(scope="module")
def archived(jenkins: Server) -> str:
    """A build that kept some files; its path."""
    command = "set +x\nmkdir -p 'out/a b'; echo one > out/1.txt; echo two > 'out/a b/ü.txt'"
    jenkins.make_job("archives", archiving(command, "out/**/*"))
    return path_of(jenkins, jenkins.run("job/archives"))


def test_artifacts_are_listed_with_the_build(jenkins: Server, archived: str) -> None:
    artifacts = jenkins.json(f"{archived}api/json?tree=artifacts[*]")["artifacts"]
    assert [artifact["relativePath"] for artifact in artifacts] == ["out/1.txt", "out/a b/ü.txt"]
    assert artifacts[1]["fileName"] == "ü.txt"


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        ("out/1.txt", 200, b"one\n"),
        ("out/a%20b/%C3%BC.txt", 200, b"two\n"),
        ("out/1.txt/*view*/", 200, b"one\n"),
        ("out/none.txt", 404, None),
        ("..%2Fbuild.json", 404, None),
        ("%2e%2e/build.json", 404, None),
        ("out", 302, None),
    ],
)
def test_artifact(
    jenkins: Server, archived: str, path: str, status: int, content: bytes | None
) -> None:
    answer = jenkins.get(f"{archived}artifact/{path}")
    assert answer.status_code == status
    if content is not None:
        assert answer.content == content
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_a_range_of_an_artifact(jenkins: Server, archived: str) -> None:
    answer = jenkins.get(f"{archived}artifact/out/1.txt", headers={"Range": "bytes=1-"})
    assert (answer.status_code, answer.content) == (206, b"ne\n")


def test_folders_and_all_of_it_zipped(jenkins: Server, archived: str) -> None:
    listing = jenkins.get(f"{archived}artifact/out/")
    assert '<a href="a%20b/">a b/</a>' in listing.text
    packed = jenkins.get(f"{archived}artifact/*zip*/archive.zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert "archive/out/1.txt" in archive.namelist()
    assert jenkins.post(f"{archived}artifact/out/1.txt").status_code == 400


def test_no_artifacts_fail_the_build(jenkins: Server) -> None:
    archiver = (
        "<hudson.tasks.ArtifactArchiver><artifacts>*.x</artifacts></hudson.tasks.ArtifactArchiver>"
    )
    xml = freestyle("true").replace("<publishers>", f"<publishers>{archiver}")
    jenkins.make_job("archives nothing", xml)
    build = jenkins.run("job/archives nothing")
    assert build["result"] == "FAILURE"


def test_two_stars_keep_everything(jenkins: Server) -> None:
    jenkins.make_job("archives all", archiving("mkdir a; touch a/b c", "**"))
    artifacts = jenkins.run("job/archives all")["artifacts"]
    assert [artifact["relativePath"] for artifact in artifacts] == ["a/b", "c"]


def test_changes_belong_to_the_next_build(jenkins: Server) -> None:
    jenkins.make_job("changed", freestyle("true"))
    change = {
        "commitId": "c0ffee",
        "timestamp": 1795545223813,
        "msg": "Fix <tea>",
        "author": {"absoluteUrl": "http://x/user/ada", "fullName": "Ada"},
        "affectedPaths": ["tea.py"],
    }
    jenkins.post("job/changed/demo/changes", json.dumps([change]))
    first, second = jenkins.run("job/changed"), jenkins.run("job/changed")
    assert first["changeSet"]["kind"] == "git"
    assert first["changeSet"]["items"][0]["msg"] == "Fix <tea>"
    assert first["culprits"] == [{"absoluteUrl": "http://x/user/ada", "fullName": "Ada"}]
    assert second["changeSet"] == {
        "_class": "hudson.scm.EmptyChangeLogSet",
        "items": [],
        "kind": None,
    }


def test_changes_of_a_pipeline_by_kind(jenkins: Server) -> None:
    script = "<flow-definition><definition><script>echo 'hi'</script></definition>"
    jenkins.make_job("changed line", f"{script}</flow-definition>")
    change = {"commitId": "c0ffee", "timestamp": 1, "msg": "Fix", "author": {"fullName": "Ada"}}
    jenkins.post("job/changed line/demo/changes", json.dumps([change]))
    jenkins.run("job/changed line")
    run = "/job/changed%20line/1/"
    [found] = jenkins.json(f"{run}wfapi/changesets")
    assert (found["kind"], found["commitCount"]) == ("git", 1)
    assert found["commits"] == [
        {
            "commitId": "c0ffee",
            "message": "Fix",
            "authorJenkinsId": "Ada",
            "timestamp": 1,
            "consoleUrl": f"{run}changes#c0ffee",
        }
    ]
    links = jenkins.json(f"{run}wfapi/describe")["_links"]
    assert links["changesets"]["href"] == f"{run}wfapi/changesets"


def test_a_builds_name_survives_a_restart(start: Callable[..., Server]) -> None:
    jenkins = start()
    jenkins.make_job("named", freestyle("true"))
    jenkins.run("job/named")
    form = {"json": json.dumps({"displayName": "Release", "description": ""})}
    jenkins.post("job/named/1/configSubmit", form)
    jenkins.stop()
    jenkins.start()
    assert jenkins.json("job/named/1/api/json")["displayName"] == "Release"


def test_an_exit_status_that_means_unstable(jenkins: Server) -> None:
    xml = freestyle("exit 7").replace("</command>", "</command><unstableReturn>7</unstableReturn>")
    jenkins.make_job("seven", xml)
    assert jenkins.run("job/seven")["result"] == "UNSTABLE"


def test_the_view_of_everything_leads_to_the_same(jenkins: Server) -> None:
    through = jenkins.json("view/all/job/qa/view/all/job/nightly/api/json?tree=url,fullName")
    assert through == jenkins.json("job/qa/job/nightly/api/json?tree=url,fullName")
