"""Runs: their facts while they run and afterwards, permalinks, and what can be done to them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.conformance.configuration import TEXT, UNSTABLE, default, freestyle, parameter
from tests.conformance.controller import Controller, Job, wait_for

BUILD = "hudson.model.FreeStyleBuild"
STRING = "hudson.model.StringParameterValue"
PASSWORD = parameter("Password", "Secret", default("hush"))
ALWAYS = {
    "_class": BUILD,
    "id": "1",
    "number": 1,
    "displayName": "#1",
    "description": None,
    "keepLog": False,
    "artifacts": [],
    "culprits": [],
}
RUNNING = ALWAYS | {
    "building": True,
    "inProgress": True,
    "result": None,
    "duration": 0,
    "estimatedDuration": -1,
}
ENDED = ALWAYS | {"building": False, "inProgress": False, "result": "SUCCESS", "executor": None}


def some(facts: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """The facts that there is an expectation of."""
    return {name: facts[name] for name in like}


def test_while_it_runs(jenkins: Controller) -> None:
    job = jenkins.make_job("lasts", freestyle("sleep 600", TEXT))
    item = jenkins.launch(job, {"PLAN": "ü"})
    run = jenkins.started(job, item)
    facts, state = jenkins.json(run), jenkins.json(job.path, "color,nextBuildNumber")
    jenkins.post(f"{run}/stop")
    assert some(facts, RUNNING) == RUNNING
    assert facts["executor"] is not None
    assert facts["queueId"] == item
    assert facts["fullDisplayName"] == f"{job.full_name.replace('/', ' » ')} #1"
    assert facts["url"].endswith(f"/{run}/")
    assert facts["changeSet"]["items"] == []
    assert isinstance(facts["builtOn"], str)
    assert isinstance(facts["timestamp"], int)
    assert (state["color"], state["nextBuildNumber"]) == ("notbuilt_anime", 2)


def test_once_it_has_ended(jenkins: Controller) -> None:
    job = jenkins.make_job("ends", freestyle())
    facts = jenkins.json(jenkins.run(job))
    assert some(facts, ENDED) == ENDED
    assert facts["duration"] > 0
    assert facts["estimatedDuration"] == facts["duration"]
    assert jenkins.json(job.path, "color")["color"] == "blue"


def test_parameters_and_cause(jenkins: Controller) -> None:
    job = jenkins.make_job("parameters and cause", freestyle("true", TEXT, PASSWORD))
    answer = jenkins.get(f"{jenkins.run(job, {'PLAN': 'ü', 'Secret': 'hidden'})}/api/json")
    assert "hidden" not in answer.text
    actions = {action.get("_class"): action for action in answer.json()["actions"]}
    assert actions["hudson.model.ParametersAction"]["parameters"] == [
        {"_class": STRING, "name": "PLAN", "value": "ü"},
        {"_class": "hudson.model.PasswordParameterValue", "name": "Secret"},
    ]
    [cause] = actions["hudson.model.CauseAction"]["causes"]
    assert cause["_class"] == "hudson.model.Cause$UserIdCause"
    assert cause["userId"].lower() == jenkins.account[0].lower()
    assert cause["shortDescription"].endswith(cause["userName"])


BY_NUMBER = f"""
case "$BUILD_NUMBER" in
1) exit 0;;
2) exit {UNSTABLE};;
5) sleep 600;;
*) exit 1;;
esac
"""
PERMALINKS = {
    "lastBuild": 5,
    "lastCompletedBuild": 5,
    "lastStableBuild": 1,
    "lastSuccessfulBuild": 2,
    "lastUnstableBuild": 2,
    "lastFailedBuild": 4,
    "lastUnsuccessfulBuild": 5,
}


@pytest.fixture(scope="module")
def five(jenkins: Controller) -> Job:
    """A job with runs that ended in four ways."""
    job = jenkins.make_job("five", freestyle(BY_NUMBER))
    for _ in range(4):
        jenkins.run(job)
    last = jenkins.started(job, jenkins.launch(job))
    jenkins.post(f"{last}/stop")
    jenkins.ended(last)
    return job


class TestPermalinks:
    """Names for the newest run of a kind."""

    def test_results(self, jenkins: Controller, five: Job) -> None:
        builds = jenkins.json(five.path, "builds[number,result]")["builds"]
        results = {build["number"]: build["result"] for build in builds}
        assert list(results) == [5, 4, 3, 2, 1]
        assert results == {5: "ABORTED", 4: "FAILURE", 3: "FAILURE", 2: "UNSTABLE", 1: "SUCCESS"}

    @pytest.mark.parametrize(("name", "number"), PERMALINKS.items())
    def test_they_lead_to_a_run(
        self, jenkins: Controller, five: Job, name: str, number: int
    ) -> None:
        assert jenkins.json(f"{five.path}/{name}", "number")["number"] == number
        assert jenkins.json(five.path)[name]["number"] == number
        page = jenkins.get(f"{five.path}/{name}/buildNumber")
        assert page.text == str(number)
        assert page.headers["Content-Type"].startswith("text/plain")

    def test_when_it_started(self, jenkins: Controller, five: Job) -> None:
        page = jenkins.get(f"{five.path}/1/buildTimestamp")
        assert page.headers["Content-Type"].startswith("text/plain")
        assert re.fullmatch(r"\d{1,2}/\d{1,2}/\d\d, \d{1,2}:\d\d.[AP]M", page.text)
        pattern = {"format": "yyyy-MM-dd'T'HH:mm:ssZ"}
        text = jenkins.get(f"{five.path}/1/buildTimestamp", params=pattern).text
        timestamp_ms = jenkins.json(f"{five.path}/1", "timestamp")["timestamp"]
        assert datetime.fromisoformat(text).timestamp() == timestamp_ms // 1000
        malformed = jenkins.get(f"{five.path}/1/buildTimestamp", params={"format": "'"})
        assert malformed.status_code == 500

    def test_first_and_next(self, jenkins: Controller, five: Job) -> None:
        job = jenkins.json(five.path, "firstBuild[number],nextBuildNumber,color")
        assert (job["firstBuild"]["number"], job["nextBuildNumber"]) == (1, 6)
        assert job["color"] == "aborted"

    def test_health(self, jenkins: Controller, five: Job) -> None:
        [health] = jenkins.json(five.path)["healthReport"]
        assert health["score"] == 50  # two of four; what was aborted does not count

    @pytest.mark.parametrize("name", PERMALINKS)
    def test_none_yet_404_and_null(self, jenkins: Controller, never_ran: Job, name: str) -> None:
        answer = jenkins.get(f"{never_ran.path}/{name}/api/json")
        assert answer.status_code == 404
        assert jenkins.json(never_ran.path)[name] is None

    @pytest.mark.parametrize("number", ["0", "999", "noSuchPermalink"])
    def test_no_such_run_404(self, jenkins: Controller, five: Job, number: str) -> None:
        assert jenkins.get(f"{five.path}/{number}/api/json").status_code == 404


@pytest.fixture(scope="module")
def never_ran(jenkins: Controller) -> Job:
    """A job without runs."""
    return jenkins.make_job("no run yet", freestyle())


class TestStopping:
    """stop, and that a freestyle run knows nothing harder."""

    def test_a_run_ends_aborted(self, jenkins: Controller) -> None:
        job = jenkins.make_job("stopped", freestyle("sleep 600"))
        run = jenkins.started(job, jenkins.launch(job))
        wait_for(lambda: "sleep 600" in jenkins.get(f"{run}/consoleText").text)
        answer = jenkins.post(f"{run}/stop")
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(f"/{run}/")
        ended = jenkins.ended(run)
        assert ended["result"] == "ABORTED"
        assert ended["duration"] > 0
        assert jenkins.get(f"{run}/consoleText").text.endswith("\nFinished: ABORTED\n")

    def test_one_that_has_ended_stays_as_it_is(self, jenkins: Controller, five: Job) -> None:
        assert jenkins.post(f"{five.path}/1/stop").status_code == 302
        assert jenkins.json(f"{five.path}/1", "result")["result"] == "SUCCESS"

    def test_it_leads_back_to_where_one_came_from(self, jenkins: Controller, five: Job) -> None:
        referer = {"Referer": f"{jenkins.url}{five.path}/"}
        answer = jenkins.post(f"{five.path}/1/stop", headers=referer)
        assert answer.headers["Location"] == referer["Referer"]

    def test_by_get_405(self, jenkins: Controller, five: Job) -> None:
        assert jenkins.get(f"{five.path}/1/stop").status_code == 405

    @pytest.mark.parametrize("action", ["term", "kill"])
    def test_harder_404(self, jenkins: Controller, five: Job, action: str) -> None:
        assert jenkins.post(f"{five.path}/1/{action}").status_code == 404


def test_keeping_describing_deleting(jenkins: Controller) -> None:
    run = jenkins.run(jenkins.make_job("kept", freestyle()))
    kept = jenkins.post(f"{run}/toggleLogKeep")
    assert kept.status_code == 302
    assert kept.headers["Location"].endswith(f"/{run}/")
    described = jenkins.post(f"{run}/submitDescription", {"description": "<b>tried</b> ü"})
    assert described.status_code == 302
    assert jenkins.json(run, "keepLog,description") == {
        "_class": BUILD,
        "keepLog": True,
        "description": "<b>tried</b> ü",
    }
    refused = jenkins.post(f"{run}/doDelete")
    assert refused.status_code == 400
    assert refused.headers["X-Error"]
    jenkins.post(f"{run}/toggleLogKeep")
    assert jenkins.json(run, "keepLog")["keepLog"] is False
    assert jenkins.post(f"{run}/doDelete").status_code == 302
    assert jenkins.get(f"{run}/api/json").status_code == 404


def test_naming(jenkins: Controller) -> None:
    job = jenkins.make_job("named", freestyle())
    run = jenkins.run(job)
    form = {"json": json.dumps({"displayName": " Release ü ", "description": "the last"})}
    named = jenkins.post(f"{run}/configSubmit", form)
    assert named.status_code == 302
    assert named.headers["Location"].endswith(f"/{run}/")
    assert jenkins.json(run, "displayName,fullDisplayName,description") == {
        "_class": BUILD,
        "displayName": "Release ü",
        "fullDisplayName": f"{job.full_name.replace('/', ' » ')} Release ü",
        "description": "the last",
    }
    assert jenkins.get(f"{run}/api/json").json()["number"] == 1  # its address stays
    form = {"json": json.dumps({"displayName": "", "description": ""})}
    jenkins.post(f"{run}/configSubmit", form)
    assert jenkins.json(run, "displayName")["displayName"] == "#1"
    assert jenkins.post(f"{run}/configSubmit", {"displayName": "x"}).status_code == 400


@pytest.mark.parametrize(
    "action", ["toggleLogKeep", "submitDescription", "configSubmit", "doDelete"]
)
def test_changes_by_get_405(jenkins: Controller, five: Job, action: str) -> None:
    answer = jenkins.get(f"{five.path}/1/{action}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


class TestExecutors:
    """Stopping whatever runs on an executor."""

    def executor_of(self, jenkins: Controller, run: str) -> str:
        """The path of the executor on which a run is."""
        tree = "computer[displayName,_class,executors[currentExecutable[url]]]"
        for node in jenkins.json("computer", tree)["computer"]:
            name = node["displayName"]
            if node["_class"].endswith("MasterComputer"):
                name = "(built-in)"
            for place, executor in enumerate(node["executors"]):
                if f"/{run}/" in json.dumps(executor):
                    return f"computer/{quote(name)}/executors/{place}"
        raise AssertionError(run)

    def test_what_runs_there(self, jenkins: Controller) -> None:
        job = jenkins.make_job("on an executor", freestyle("sleep 600"))
        run = jenkins.started(job, jenkins.launch(job))
        executor = self.executor_of(jenkins, run)
        assert jenkins.get(f"{executor}/stop").status_code == 405
        other = {"runExtId": f"{job.full_name}#999"}
        assert jenkins.post(f"{executor}/stopBuild", other).status_code == 302
        assert jenkins.json(run, "building")["building"] is True
        own = {"runExtId": f"{job.full_name}#1"}
        assert jenkins.post(f"{executor}/stopBuild", own).status_code == 302
        assert jenkins.ended(run)["result"] == "ABORTED"

    def test_whatever_runs_there(self, jenkins: Controller) -> None:
        job = jenkins.make_job("also on an executor", freestyle("sleep 600"))
        run = jenkins.started(job, jenkins.launch(job))
        assert jenkins.post(f"{self.executor_of(jenkins, run)}/stop").status_code == 302
        assert jenkins.ended(run)["result"] == "ABORTED"

    def test_not_for_a_reader(self, jenkins: Controller) -> None:
        job = jenkins.make_job("on an executor for good", freestyle("sleep 600"))
        run = jenkins.started(job, jenkins.launch(job))
        path = f"{self.executor_of(jenkins, run)}/stop"
        answer = jenkins.post(path, auth=jenkins.reader)
        jenkins.post(f"{run}/stop")
        assert answer.status_code == 403
        assert answer.headers["X-Required-Permission"] == "hudson.model.Item.Cancel"


def test_every_running_build_in_one_answer(jenkins: Controller) -> None:
    job = jenkins.make_job("runs", freestyle("sleep 600", TEXT))
    run = jenkins.started(job, jenkins.launch(job, {"PLAN": "runs"}))
    fields = "number,url,queueId,timestamp,building,result,estimatedDuration"
    tree = f"computer[displayName,executors[number,progress,idle,currentExecutable[{fields}]]]"
    computers = jenkins.json("computer", tree)["computer"]
    running = [executor for computer in computers for executor in computer["executors"]]
    [ours] = [executor for executor in running if run in json.dumps(executor)]
    jenkins.post(f"{run}/stop")
    assert ours["idle"] is False
    assert isinstance(ours["number"], int)
    facts = ours["currentExecutable"]
    assert facts["url"].endswith(f"/{run}/")
    assert facts["queueId"] == jenkins.json(run, "queueId")["queueId"]
    assert isinstance(facts["timestamp"], int)
    expected = {name: RUNNING[name] for name in ("_class", "number", "building", "result")}
    assert some(facts, expected) == expected
