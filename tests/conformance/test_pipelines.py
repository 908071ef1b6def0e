"""Pipelines: their kind, stages, the executor beside the others, and questions they wait with."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conformance.configuration import pipeline
from tests.conformance.controller import Controller, Job, not_supported, wait_for

WORKFLOW = "org.jenkinsci.plugins.workflow"
STAGES = "node { stage('Build') { sh 'echo built' }\nstage('Test') { error 'no luck' } }"
ASKS = "stage('Release') { input message: 'Release it?', id: 'release', ok: 'Yes' }"


def make(jenkins: Controller, name: str, script: str) -> Job:
    """A Pipeline job; not supported where the plugin is missing."""
    job = jenkins.name_job(name)
    answer = jenkins.create(job.name, pipeline(script))
    if answer.status_code != 200:
        not_supported("workflow-job")
    return job


@pytest.fixture(scope="module")
def failed(jenkins: Controller) -> str:
    """A run with two stages, the second of which fails."""
    return jenkins.run(make(jenkins, "two stages", STAGES))


def test_kind(jenkins: Controller, failed: str) -> None:
    job = jenkins.json(failed.rpartition("/")[0])
    assert job["_class"] == f"{WORKFLOW}.job.WorkflowJob"
    assert {"resumeBlocked", "disabled", "concurrentBuild"} <= job.keys()
    assert job["color"] == "red"
    run = jenkins.json(failed)
    assert run["_class"] == f"{WORKFLOW}.job.WorkflowRun"
    assert (run["result"], run["previousBuild"], run["nextBuild"]) == ("FAILURE", None, None)
    assert (run["changeSets"], run["culprits"]) == ([], [])
    assert "builtOn" not in run
    assert "changeSet" not in run


def test_stages(jenkins: Controller, failed: str) -> None:
    answer = jenkins.get(f"{failed}/wfapi/describe")
    if answer.status_code == 404:
        not_supported("pipeline-rest-api")
    described = answer.json()
    assert (described["id"], described["name"], described["status"]) == ("1", "#1", "FAILED")
    times = {"startTimeMillis", "endTimeMillis", "durationMillis", "queueDurationMillis"}
    assert {name for name in times if isinstance(described[name], int)} == times
    stages = described["stages"]
    assert [(stage["name"], stage["status"]) for stage in stages] == [
        ("Build", "SUCCESS"),
        ("Test", "FAILED"),
    ]
    assert all(isinstance(stage["id"], str) for stage in stages)
    assert all(isinstance(stage["durationMillis"], int) for stage in stages)
    assert stages[1]["error"]["message"] == "no luck"


def test_no_changes(jenkins: Controller, failed: str) -> None:
    answer = jenkins.get(f"{failed}/wfapi/changesets")
    if jenkins.get(f"{failed}/wfapi/describe").status_code == 404:
        not_supported("pipeline-rest-api")
    assert answer.status_code == 200
    assert answer.json() == []


def test_console(jenkins: Controller, failed: str) -> None:
    text = jenkins.get(f"{failed}/consoleText").text
    assert "\n[Pipeline] Start of Pipeline\n" in text
    assert "\nbuilt\n" in text
    assert text.endswith("\nFinished: FAILURE\n")


@pytest.fixture
def asking(jenkins: Controller) -> str:
    """A run that waits for an answer."""
    job = jenkins.name_job("asks")
    if jenkins.get(f"{job.path}/api/json").status_code == 404:
        make(jenkins, "asks", ASKS)
    run = jenkins.started(job, jenkins.launch(job))
    tree = "actions[executions[id]]"
    wait_for(lambda: "executions" in json.dumps(jenkins.json(run, tree)))
    return run


class TestInput:
    """A question, and its two answers."""

    def pending(self, jenkins: Controller, run: str) -> list[dict[str, Any]]:
        answer = jenkins.get(f"{run}/wfapi/pendingInputActions")
        if answer.status_code == 404:
            not_supported("pipeline-rest-api")
        return list(answer.json())

    def test_it_is_known_of_every_running_build_at_once(
        self, jenkins: Controller, asking: str
    ) -> None:
        inner = "number,url,queueId,actions[displayName,executions[id,input[message,ok]]]"
        tree = f"computer[oneOffExecutors[currentExecutable[{inner}]]]"
        nodes = jenkins.json("computer", tree)["computer"]
        running = [e["currentExecutable"] for node in nodes for e in node["oneOffExecutors"]]
        [ours] = [run for run in running if run and run["url"].endswith(f"/{asking}/")]
        jenkins.post(f"{asking}/input/Release/abort")
        assert ours["_class"] == f"{WORKFLOW}.job.WorkflowRun"
        kind = f"{WORKFLOW}.support.steps.input.InputAction"
        [action] = [action for action in ours["actions"] if action.get("_class") == kind]
        [execution] = action["executions"]
        assert execution["id"] == "Release"
        assert (execution["input"]["message"], execution["input"]["ok"]) == ("Release it?", "Yes")

    def test_it_is_described(self, jenkins: Controller, asking: str) -> None:
        [question] = self.pending(jenkins, asking)
        described = jenkins.get(f"{asking}/wfapi/describe").json()
        jenkins.post(f"{asking}/input/Release/abort")
        assert (question["id"], question["message"]) == ("Release", "Release it?")
        assert question["proceedText"] == "Yes"
        assert question["inputs"] == []
        assert described["status"] == "PAUSED_PENDING_INPUT"
        assert described["stages"][0]["status"] == "PAUSED_PENDING_INPUT"
        assert {"pendingInputActions", "nextPendingInputAction"} <= described["_links"].keys()
        for name in ("proceedUrl", "abortUrl"):  # a path with the context path before it
            path = urlsplit(jenkins.url).path
            assert question[name].startswith(f"{path}{asking}/"), name

    @pytest.mark.parametrize(
        ("answer", "result"),
        [
            ("proceedEmpty", "SUCCESS"),
            ("abort", "ABORTED"),
            ("submit?proceed=Yes&json=%7B%7D", "SUCCESS"),
            ("submit?abort=Abort&json=%7B%7D", "ABORTED"),
        ],
    )
    def test_it_is_answered(
        self, jenkins: Controller, asking: str, answer: str, result: str
    ) -> None:
        assert jenkins.post(f"{asking}/input/Release/{answer}").status_code in (200, 302)
        assert jenkins.ended(asking)["result"] == result
        assert self.pending(jenkins, asking) == []


def test_a_node_that_is_waited_for_is_a_queue_item_of_its_own(jenkins: Controller) -> None:
    job = make(jenkins, "nowhere to run", "node('no-such-label-anywhere') { sh 'true' }")
    run = jenkins.started(job, jenkins.launch(job))

    def parts() -> list[dict[str, dict[str, str]]]:
        items = jenkins.json("queue", "items[id,why,task[name,url]]")["items"]
        return [item for item in items if f"{run}/" in item["task"].get("url", "")]

    wait_for(parts)
    [item] = parts()
    kind = f"{WORKFLOW}.support.steps.ExecutorStepExecution$PlaceholderTask"
    jenkins.post(f"{run}/stop")
    assert item["task"]["_class"] == kind
    assert item["task"]["url"].lstrip("/") == f"{run}/"  # not absolute
    assert jenkins.ended(run)["result"] == "ABORTED"


def test_stopping_harder(jenkins: Controller) -> None:
    job = make(jenkins, "stubborn", "node { sh 'true' }\nsleep 600")
    for action in ("stop", "term", "kill"):
        run = jenkins.started(job, jenkins.launch(job))
        assert jenkins.post(f"{run}/{action}").status_code == 302
        if action != "stop":
            jenkins.post(f"{run}/stop")
        assert jenkins.ended(run)["result"] == "ABORTED"
