"""Pipelines: how a build of one looks to a client, its stages, its nodes, and its questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pytest

from demo_jenkins.scripts import MalformedScript, Text, parse_script
from tests.demo_jenkins.server import Server, freestyle, string_parameter, wait_for

WORKFLOW = "org.jenkinsci.plugins.workflow"
EXECUTORS = (
    "computer/api/json?tree=computer[displayName,executors[currentExecutable[*]],"
    "oneOffExecutors[currentExecutable[number,url,queueId,timestamp,estimatedDuration,building,"
    "result,actions[displayName,waitingForInput,executions[id,input[message]]]]]]"
)


def pipeline(script: str, *parameters: str, is_exclusive: bool = False) -> str:
    definitions = "".join(string_parameter(name) for name in parameters)
    holder = "hudson.model.ParametersDefinitionProperty"
    exclusive = f"{WORKFLOW}.job.properties.DisableConcurrentBuildsJobProperty"
    return (
        "<flow-definition plugin='workflow-job'><properties>"
        + (f"<{exclusive}/>" if is_exclusive else "")
        + f"<{holder}><parameterDefinitions>{definitions}</parameterDefinitions></{holder}>"
        f"</properties><definition class='{WORKFLOW}.cps.CpsFlowDefinition'>"
        f"<script>{escape(script)}</script></definition></flow-definition>"
    )


def run(jenkins: Server, name: str, script: str, *parameters: str, **values: str) -> Any:
    """Make a Pipeline job, run it to its end; the build's facts."""
    jenkins.make_job(name, pipeline(script, *parameters))
    return jenkins.run(f"job/{name}", values or None)


def path_of(jenkins: Server, build: dict[str, Any]) -> str:
    return str(build["url"]).removeprefix(jenkins.url)


def test_class_names_and_fields(jenkins: Server) -> None:
    build = run(jenkins, "plain pipeline", "echo 'hello'")
    job = jenkins.json("job/plain pipeline/api/json")
    assert job["_class"] == f"{WORKFLOW}.job.WorkflowJob"
    assert (job["concurrentBuild"], job["resumeBlocked"]) == (True, False)
    assert "labelExpression" not in job
    assert build["_class"] == f"{WORKFLOW}.job.WorkflowRun"
    assert (build["previousBuild"], build["nextBuild"], build["changeSets"]) == (None, None, [])
    assert "builtOn" not in build
    second = jenkins.run("job/plain pipeline")
    assert second["previousBuild"]["number"] == 1
    assert jenkins.json("job/plain pipeline/1/api/json")["nextBuild"]["number"] == 2


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("echo 'a'", "SUCCESS"),
        ("unstable 'flaky'", "UNSTABLE"),
        ("error 'broken'", "FAILURE"),
        ("node { sh 'exit 3' }", "FAILURE"),
        ("currentBuild.result = 'NOT_BUILT'", "NOT_BUILT"),
        ("catchError(buildResult: 'UNSTABLE') { error 'x' }\necho 'on'", "UNSTABLE"),
        ("nonsense 'x'", "FAILURE"),
        ("stage('open {", "FAILURE"),
        ("sh 'true'", "FAILURE"),
        ("node { junit 'none.xml' }", "FAILURE"),
    ],
)
def test_results(jenkins: Server, script: str, result: str) -> None:
    name = "result " + re.sub(r"\W", "_", script)
    assert run(jenkins, name, script)["result"] == result


def test_console_and_stages(jenkins: Server) -> None:
    script = """
    stage('Build') {            // on some node
        node {
            sh "echo building ${params.WHAT} \\$WHAT"
            sh '''echo '<testsuite><testcase name="t"/></testsuite>' > r.xml'''
            junit 'r.xml'
        }
    }
    stage('Check') { node('built-in') { sh 'exit 4' } }
    stage('Never') { echo 'never' }
    """
    build = run(jenkins, "staged", script, "WHAT", WHAT="it")
    path = path_of(jenkins, build)
    console = jenkins.console(path)
    lines = console.splitlines()
    assert lines[:3] == [
        "Started by user svc-runboard",
        "[Pipeline] Start of Pipeline",
        "[Pipeline] stage",
    ]
    assert "[Pipeline] { (Build)" in lines
    assert "building it it" in lines
    assert "never" not in lines
    assert lines[-2:] == ["ERROR: script returned exit code 4", "Finished: FAILURE"]
    described = jenkins.json(f"{path}wfapi/describe")
    assert described["status"] == "FAILED"
    stages = [(stage["name"], stage["status"]) for stage in described["stages"]]
    assert stages == [("Build", "SUCCESS"), ("Check", "FAILED")]
    assert described["stages"][1]["error"]["message"] == "script returned exit code 4"
    first = jenkins.json(described["stages"][0]["_links"]["self"]["href"])
    assert [node["name"] for node in first["stageFlowNodes"]] == ["Shell Script"] * 2
    log = jenkins.json(first["stageFlowNodes"][0]["_links"]["log"]["href"])
    assert log["text"].endswith("building it it\n")
    assert (log["nodeStatus"], log["hasMore"]) == ("SUCCESS", False)
    runs = jenkins.json("job/staged/wfapi/runs")
    assert [each["id"] for each in runs] == ["1"]
    assert jenkins.json("job/staged/wfapi/describe")["runCount"] == 1
    assert jenkins.json(f"{path}testReport/api/json")["passCount"] == 1


def test_a_build_runs_beside_the_executors_and_its_node_on_one(jenkins: Server) -> None:
    jenkins.make_job("two places", pipeline("node { sh 'sleep 66' }"))
    path = jenkins.started(jenkins.launch("job/two places"))
    wait_for(lambda: "PlaceholderExecutable" in jenkins.get(EXECUTORS).text)
    computer = jenkins.json(EXECUTORS)["computer"][0]
    whole = [e["currentExecutable"] for e in computer["oneOffExecutors"]]
    parts = [e["currentExecutable"] for e in computer["executors"]]
    whole = [each for each in whole if each and each["url"].endswith(path)]
    parts = [each for each in parts if each and each["url"].endswith(path)]
    assert whole[0]["_class"] == f"{WORKFLOW}.job.WorkflowRun"
    assert whole[0]["building"] is True
    assert whole[0]["queueId"]
    assert parts[0]["_class"].endswith("PlaceholderTask$PlaceholderExecutable")
    assert not {"queueId", "building", "result"} & parts[0].keys()
    jenkins.post(f"{path}stop")
    assert jenkins.ended(path)["result"] == "ABORTED"


def test_a_node_step_waits_in_the_queue(start: Callable[..., Server]) -> None:
    jenkins = start()
    jenkins.make_job("wants mac", pipeline("node('mac') { sh 'echo on $NODE_NAME' }"))
    own = jenkins.launch("job/wants mac")
    path = jenkins.started(own)
    wait_for(lambda: jenkins.json("queue/api/json")["items"])
    item = jenkins.json("queue/api/json")["items"][0]
    assert item["task"]["_class"].endswith("ExecutorStepExecution$PlaceholderTask")
    assert item["task"]["name"] == "part of wants mac #1"
    assert item["task"]["url"] == path
    assert item["id"] != own
    assert jenkins.json(f"{path}api/json")["building"] is True
    jenkins.post("demo/agent", {"name": "mini", "label": ["mac", "arm"], "executors": "2"})
    assert jenkins.ended(path)["result"] == "SUCCESS"
    assert "\non mini\n" in jenkins.console(path)


def test_a_node_step_whose_item_is_cancelled_ends_the_build(jenkins: Server) -> None:
    jenkins.make_job("unlucky", pipeline("node('no such label') { sh 'true' }"))
    path = jenkins.started(jenkins.launch("job/unlucky"))

    def own_items() -> list[int]:
        items = jenkins.json("queue/api/json")["items"]
        return [item["id"] for item in items if item["task"]["url"] == path]

    wait_for(own_items)
    jenkins.post(f"queue/cancelItem?id={own_items()[0]}")
    assert jenkins.ended(path)["result"] == "ABORTED"


@pytest.mark.parametrize(
    ("how", "result", "word"),
    [
        ("input/Ship/proceedEmpty", "SUCCESS", "Approved"),
        ("wfapi/inputSubmit?inputId=Ship", "SUCCESS", "Approved"),
        ("input/Ship/abort", "ABORTED", "Rejected"),
        ("input/Ship/submit?proceed=Yes&json=%7B%7D", "SUCCESS", "Approved"),
        ("input/Ship/submit?abort=Abort&json=%7B%7D", "ABORTED", "Rejected"),
        ("stop", "ABORTED", "Aborted"),
    ],
)
def test_input(jenkins: Server, how: str, result: str, word: str) -> None:
    script = "stage('Ship') { input(id: 'ship', message: 'Ship it?', ok: 'Go') }"
    name = f"asks for {how}".translate(str.maketrans("/?=&%", "_____"))
    jenkins.make_job(name, pipeline(script))
    path = jenkins.started(jenkins.launch(f"job/{name}"))
    wait_for(lambda: jenkins.json(f"{path}wfapi/pendingInputActions"))
    pending = jenkins.json(f"{path}wfapi/nextPendingInputAction")
    assert (pending["id"], pending["message"], pending["proceedText"]) == ("Ship", "Ship it?", "Go")
    assert jenkins.json(f"{path}wfapi/describe")["status"] == "PAUSED_PENDING_INPUT"
    one_off = jenkins.json(EXECUTORS)["computer"][0]["oneOffExecutors"]
    builds = [e["currentExecutable"] for e in one_off if e["currentExecutable"]]
    actions = [a for build in builds for a in build["actions"] if "executions" in a]
    assert {"Ship it?"} == {a["executions"][0]["input"]["message"] for a in actions}
    hidden = [a for a in jenkins.json(f"{path}api/json")["actions"] if "Input" in str(a)]
    assert hidden == [{"_class": f"{WORKFLOW}.support.steps.input.InputAction"}]
    assert jenkins.post(f"{path}{how}").status_code == 302
    assert jenkins.ended(path)["result"] == result
    assert f"{word} by svc-runboard" in jenkins.console(path)
    assert jenkins.post(f"{path}input/Ship/proceedEmpty").status_code == 400
    assert jenkins.json(f"{path}wfapi/pendingInputActions") == []


def test_a_run_links_to_what_it_waits_for_and_keeps(jenkins: Server) -> None:
    script = """node { sh 'echo 1 > a.txt'; archiveArtifacts 'a.txt' }\ninput 'Go?'"""
    jenkins.make_job("keeps and asks", pipeline(script))
    path = jenkins.started(jenkins.launch("job/keeps and asks"))
    wait_for(lambda: jenkins.json(f"{path}wfapi/pendingInputActions"))
    links = jenkins.json(f"{path}wfapi/describe")["_links"]
    shown = {name: jenkins.json(link["href"]) for name, link in links.items()}
    assert shown["artifacts"][0]["name"] == "a.txt"
    assert shown["nextPendingInputAction"] == shown["pendingInputActions"][0]
    jenkins.post(shown["nextPendingInputAction"]["abortUrl"])
    jenkins.ended(path)
    assert jenkins.json(f"{path}wfapi/describe")["_links"].keys() == {"self", "artifacts"}


def test_addresses_of_the_stage_pages_have_the_context_path(start: Callable[..., Server]) -> None:
    jenkins = start("--prefix", "/jenkins")
    script = (
        "stage('A') { node { sh 'echo 1 > a.txt'; archiveArtifacts 'a.txt' } }\n"
        "stage('B') { input 'Go?' }"
    )
    jenkins.make_job("prefixed", pipeline(script))
    path = jenkins.started(jenkins.launch("job/prefixed"))
    wait_for(lambda: jenkins.json(f"{path}wfapi/pendingInputActions"))
    node = f"{path}execution/node/3/wfapi/describe"
    pages = ["describe", "artifacts", "nextPendingInputAction"]
    shown = [jenkins.get(f"{path}wfapi/{page}").text for page in pages]
    shown += [jenkins.get("job/prefixed/wfapi/runs").text, jenkins.get(node).text]
    jenkins.post(f"{path}stop")
    step = jenkins.json(node)["stageFlowNodes"][0]["_links"]["log"]["href"]
    shown.append(jenkins.get(step.removeprefix("/jenkins/")).text)
    assert "consoleUrl" in shown[-1]
    assert [re.findall(r'"/job[^"]*"', text) for text in shown] == [[]] * 6
    assert all('"/jenkins/job/prefixed/' in text for text in shown)


def test_stop_is_polite_and_term_is_not(jenkins: Server) -> None:
    script = "node { sh \"trap '' TERM; echo deaf; while true; do sleep 0.2; done\" }"
    jenkins.make_job("deaf", pipeline(script))
    path = jenkins.started(jenkins.launch("job/deaf"))
    wait_for(lambda: "\ndeaf\n" in jenkins.console(path))
    jenkins.post(f"{path}stop")
    assert jenkins.json(f"{path}api/json")["building"] is True
    assert jenkins.post(f"{path}term").status_code == 302
    assert jenkins.ended(path)["result"] == "ABORTED"


def test_freestyle_has_no_stages_and_no_term(jenkins: Server) -> None:
    jenkins.make_job("no pipeline", freestyle("true"))
    path = path_of(jenkins, jenkins.run("job/no pipeline"))
    assert jenkins.get(f"{path}wfapi/describe").status_code == 404
    assert jenkins.get("job/no pipeline/wfapi/runs").status_code == 404
    assert jenkins.post(f"{path}term").status_code == 404


def test_exclusive_pipelines_block_themselves(jenkins: Server) -> None:
    jenkins.make_job("exclusive", pipeline("sleep 60", "A", is_exclusive=True))
    path = jenkins.started(jenkins.launch("job/exclusive", {"A": "1"}))
    second = jenkins.launch("job/exclusive", {"A": "2"})
    wait_for(lambda: jenkins.json(f"queue/item/{second}/api/json")["blocked"])
    jenkins.post(f"queue/cancelItem?id={second}")
    jenkins.post(f"{path}stop")
    assert jenkins.ended(path)["result"] == "ABORTED"


def test_stages_survive_a_restart(start: Callable[..., Server]) -> None:
    jenkins = start()
    build = run(jenkins, "kept", "stage('One') { node { sh 'echo hi' } }")
    path = path_of(jenkins, build)
    before = jenkins.json(f"{path}wfapi/describe")
    jenkins.stop()
    jenkins.start()
    assert jenkins.json(f"{path}wfapi/describe") == before


class TestScripts:
    """Reading the script language."""

    def test_steps_with_blocks_and_arguments(self) -> None:
        outer, assignment = parse_script(
            "stage(name: 'a') { sh 'x'; sh(script: '''y\nz''', label: \"w ${A}\") }\n"
            "/* and */ currentBuild.result = 'UNSTABLE' // done"
        )
        assert outer.name == "stage"
        assert outer.arguments == {"name": Text("a")}
        assert [step.name for step in outer.body or []] == ["sh", "sh"]
        second = (outer.body or [])[1]
        assert second.arguments["script"] == Text("y\nz")
        assert second.arguments["label"] == Text("w ${A}", has_variables=True)
        assert (assignment.name, assignment.arguments[""].value) == (
            "currentBuild.result",
            "UNSTABLE",
        )

    def test_escapes(self) -> None:
        (step,) = parse_script(r"""echo 'it\'s \\ \n'""")
        assert step.arguments[""].value == "it's \\ \n"

    @pytest.mark.parametrize(
        "script", ["stage('a') {", "}", "sh 'open", "sh(", "sh(a: )", "@x", "stage('a') } {", "="]
    )
    def test_malformed(self, script: str) -> None:
        with pytest.raises(MalformedScript):
            parse_script(script)
