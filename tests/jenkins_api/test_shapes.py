"""Answers that no recording has: Pipelines, reports, deep folders, long logs (contract 7 to 9)."""

from __future__ import annotations

import gzip
import json
import math

import pytest

from jenkins_api import Artifact, Change, Jenkins, Stage, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, reply

PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
STEP = (
    "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask"
    "$PlaceholderExecutable"
)
INPUT = "org.jenkinsci.plugins.workflow.support.steps.input.InputAction"


@pytest.fixture
def answers(raw):
    """A client of a Jenkins that answers these JSON values, one after the other."""

    def make(*values):
        server = raw(*(reply(200, json.dumps(value).encode()) for value in values))
        client = Jenkins(server.url, **SIGNED_IN)
        return client, server

    return make


def computer(executors=(), one_off=(), **more):
    return {
        "displayName": "agent-1",
        "numExecutors": 2,
        "executors": [{"currentExecutable": each} for each in executors],
        "oneOffExecutors": [{"currentExecutable": each} for each in one_off],
        **more,
    }


def pipeline_run(*actions):
    return {
        "_class": PIPELINE,
        "number": 12,
        "url": "https://ci.example/job/qa/job/x/12/",
        "queueId": 7,
        "building": True,
        "actions": [{}, *actions],
    }


def executors_of(answers, *computers):
    client, server = answers({"busyExecutors": 1, "totalExecutors": 2, "computer": list(computers)})
    found = client.executors()
    assert len(server.requests) == 1
    return found


@pytest.mark.parametrize("step_comes_first", [True, False])
def test_a_pipeline_on_two_executors_is_one_build(answers, step_comes_first):
    step = {"_class": STEP, "number": 12, "url": "https://ci.example/job/qa/job/x/12/"}
    computers = [
        computer(executors=[step, None]),
        computer(one_off=[pipeline_run()], displayName="built-in", numExecutors=0),
    ]
    found = executors_of(answers, *(computers if step_comes_first else reversed(computers)))
    (build,) = found.builds
    assert (build.job, build.number, build.queue_id) == ("qa/x", 12, 7)
    assert (build.kind, build.node) == (PIPELINE, "built-in")
    assert {node.name: node.busy for node in found.nodes} == {"agent-1": 1, "built-in": 0}


@pytest.mark.parametrize(
    ("action", "waits"),
    [
        ({"_class": INPUT, "waitingForInput": True}, True),
        ({"_class": INPUT, "waitingForInput": False, "executions": [{"settled": False}]}, False),
        ({"_class": INPUT, "executions": [{"settled": True}, {"settled": False}]}, True),
        ({"_class": INPUT, "executions": [{"settled": True}]}, False),
        ({"_class": "other.Action", "waitingForInput": True}, False),
    ],
)
def test_a_pipeline_that_asks_for_input(answers, action, waits):
    (build,) = executors_of(answers, computer(one_off=[pipeline_run(action)])).builds
    assert build.waits_for_input is waits


def test_what_is_no_build_of_a_job_is_left_out(answers):
    others = [
        {"_class": "FolderComputation", "url": "https://ci.example/job/mb/indexing/"},
        {"_class": "hudson.matrix.MatrixRun", "number": 5, "url": "/job/m/axis=1/5/"},
        {},
        None,
    ]
    assert executors_of(answers, computer(one_off=others)).builds == ()


def test_an_agent_that_is_offline_says_why(answers):
    (node,) = executors_of(
        answers,
        computer(
            offline=True,
            temporarilyOffline=True,
            offlineCauseReason="cleaning",
            assignedLabels=[{"name": "linux"}, {"name": "agent-1"}],
        ),
    ).nodes
    assert node.is_offline
    assert node.is_temporarily_offline
    assert node.offline_reason == "cleaning"
    assert node.labels == {"linux", "agent-1"}


def test_a_node_step_that_waits_names_its_build(answers):
    item = {
        "_class": "hudson.model.Queue$BuildableItem",
        "id": 9,
        "inQueueSince": 1,
        "pending": True,
        "task": {"_class": "...PlaceholderTask", "url": "job/qa/job/x/12/"},
    }
    client, _ = answers({"items": [item, {"id": 10, "inQueueSince": 2, "task": {}}]})
    step, other = client.queue().items
    assert (step.job, step.step_of_build, step.is_pending) == ("qa/x", 12, True)
    assert (other.job, other.step_of_build) == (None, None)


@pytest.mark.parametrize(("told", "has_left"), [({"cancelled": False}, True), ({}, False)])
def test_an_item_whose_class_is_not_told_has_left_if_it_says_how(answers, told, has_left):
    client, _ = answers({"_class": None, "id": 3, "inQueueSince": 1, **told})
    assert client.queue_item(3).has_left == has_left


def test_a_build_is_not_over_while_it_is_in_progress(answers):
    client, _ = answers(
        {"number": 1, "timestamp": 5, "building": False, "inProgress": True, "result": "UNSTABLE"},
        {"number": 1, "timestamp": 5, "building": False, "result": "UNSTABLE"},
    )
    assert not client.build("x", 1).has_ended
    older = client.build("x", 1)
    assert older.has_ended
    assert older.queue_id == -1


CASES = [
    {"className": "t.A", "name": "<script>", "status": "FAILED", "duration": 1.5,
     "errorDetails": "boom", "errorStackTrace": "at t.A"},
    {"className": "t.A", "name": "b", "status": "PASSED", "duration": 1,
     "flakyFailures": [{}, {"message": "x"}], "rerunFailures": [{}]},
    {"className": "t.A", "name": "c", "status": "SKIPPED", "skippedMessage": "later",
     "flakyFailures": None},
]  # fmt: skip
RESULT = {
    "failCount": 1,
    "passCount": 1,
    "skipCount": 1,
    "duration": 2.5,
    "suites": [{"name": "s", "cases": CASES}],
}


def test_a_report(answers):
    client, server = answers(RESULT)
    report = client.test_report("qa/smoke", 3)
    assert (report.passed, report.failed, report.skipped, report.duration_s) == (1, 1, 1, 2.5)
    failed, flaky, skipped = report.attempts
    assert (failed.suite, failed.class_name, failed.name) == ("s", "t.A", "<script>")
    assert (failed.message, failed.trace, failed.duration_s) == ("boom", "at t.A", 1.5)
    assert (flaky.failed_earlier, failed.failed_earlier) == (3, 0)
    assert skipped.skipped_message == "later"
    assert server.requests[0].startswith(b"GET /job/qa/job/smoke/3/testReport/api/json?tree=")


def test_a_report_of_a_matrix_job_is_the_sum_of_its_children(answers):
    child = {"child": {"number": 1, "url": "u"}, "result": RESULT}
    client, server = answers(
        {"failCount": 2, "skipCount": 2, "totalCount": 6, "childReports": [child, child]}
    )
    report = client.test_report("m", 3)
    assert (report.passed, report.failed, report.skipped, report.duration_s) == (2, 2, 2, 5.0)
    assert len(report.attempts) == 6
    assert b"childReports%5Bchild%5Burl%5D%2C" in server.requests[0]


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://ci.example/job/qa/job/m/OS=linux,JDK=8/3/", "OS=linux,JDK=8"),
        ("https://ci.example/job/mvn/com.example$shop/3/", "com.example$shop"),
        ("https://ci.example/job/m/LANG=gr%C3%BCn%00/3", "LANG=grün\ufffd"),
        ("http://[x/OS=linux/3/", "OS=linux"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_part_of_a_job_is_named_as_in_its_address(answers, url, part):
    client, _ = answers({"childReports": [{"child": {"url": url}, "result": RESULT}]})
    assert {attempt.part for attempt in client.test_report("m", 3).attempts} == {part}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {**RESULT, "failCount": "1"},
        {**RESULT, "failCount": None},
        {**RESULT, "duration": "NaN"},
        {**RESULT, "duration": True},
        {**RESULT, "suites": {}},
        {**RESULT, "suites": [{"name": "s", "cases": [{"name": "no status"}]}]},
        {**RESULT, "suites": [{"name": 3, "cases": CASES}]},
        {"childReports": [{"result": {}}]},
    ],
)
def test_a_broken_report_is_unexpected(answers, broken):
    client, _ = answers(broken)
    with pytest.raises(UnexpectedAnswer):
        client.test_report("qa/smoke", 3)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_not_known(answers, number):
    suite = {"name": "s", "cases": [{**CASES[0], "duration": number}]}
    client, _ = answers(
        {**RESULT, "duration": number, "suites": [suite]},
        {"number": 1, "result": "SUCCESS", "timestamp": number, "duration": number},
    )
    report, build = client.test_report("x", 1), client.build("x", 1)
    assert (report.duration_s, report.attempts[0].duration_s) == (0, 0)
    assert (build.started_ms, build.duration_ms) == (None, 0)


@pytest.mark.parametrize("count", [math.nan, math.inf])
def test_a_count_that_is_no_number_is_unexpected(answers, count):
    client, _ = answers({**RESULT, "failCount": count})
    with pytest.raises(UnexpectedAnswer):
        client.test_report("x", 1)


def folder(name, *jobs):
    return {"_class": "Folder", "fullName": name, "jobs": list(jobs)}


def test_folders_below_the_fourth_are_asked_for_by_themselves(answers):
    deep = folder("a", folder("a/b", folder("a/b/c", folder("a/b/c/d", {"name": "e"}))))
    client, server = answers(
        {"jobs": [deep, {"fullName": "top"}, folder("empty")]},
        {"jobs": [{"fullName": "a/b/c/d/e", "disabled": True}]},
    )
    assert [job.full_name for job in client.jobs()] == ["top", "a/b/c/d/e"]
    assert len(server.requests) == 2
    assert b"GET /job/a/job/b/job/c/job/d/api/json" in server.requests[1]


def test_a_folder_that_vanishes_meanwhile_is_left_out(raw):
    deep = folder("a", folder("a/b", folder("a/b/c", folder("a/b/c/d", {"name": "e"}))))
    server = raw(reply(200, json.dumps({"jobs": [deep, {"fullName": "top"}]}).encode()), reply(404))
    assert [job.full_name for job in Jenkins(server.url).jobs()] == ["top"]


def test_a_folder_that_shows_itself_again_is_asked_once(answers):
    deep = folder("a", folder("a/b", folder("a/b/c", folder("a/b/c/d", {"name": "e"}))))
    client, server = answers({"jobs": [deep]})
    assert client.jobs() == ()
    assert len(server.requests) == 2


def test_parameters_of_plugins_are_read_as_far_as_they_go(answers):
    definitions = [
        {"name": "A", "type": "CredentialsParameterDefinition", "defaultParameterValue": {}},
        {"name": "B", "type": "Odd", "defaultParameterValue": {"value": [1]}, "choices": "x,y"},
        {"name": "C", "type": "Odd", "choices": [1, "zwei"]},
    ]
    client, _ = answers({"fullName": "x", "property": [{}, {"parameterDefinitions": definitions}]})
    a, b, c = client.job("x").parameters
    assert (a.kind, a.default, b.default, b.choices) == (
        "CredentialsParameterDefinition",
        None,
        None,
        (),
    )
    assert c.choices == ("1", "zwei")


def test_the_default_of_a_run_parameter_is_put_as_it_is_submitted(answers):
    definition = {
        "name": "Upstream",
        "type": "RunParameterDefinition",
        "defaultParameterValue": {"name": "Upstream", "jobName": "qa/nightly", "number": "7"},
    }
    client, _ = answers({"fullName": "x", "property": [{"parameterDefinitions": [definition]}]})
    assert client.job("x").parameters[0].default == "qa/nightly#7"


def test_the_value_of_a_run_parameter_is_put_as_it_is_submitted(answers):
    up = {"name": "Up", "jobName": "qa/nightly", "number": "7"}
    password = {"name": "Password"}
    actions = [{}, {"parameters": [up, password, {"name": "N", "value": 1}]}]
    client, server = answers({"id": 1, "actions": actions}, {"number": 1, "actions": actions})
    item, build = client.queue_item(1), client.build("x", 1)
    assert item.parameters == build.parameters == {"Up": "qa/nightly#7", "N": "1"}
    asked = b"actions%5Bparameters%5Bname%2Cvalue%2CjobName%2Cnumber%5D"
    assert all(asked in request for request in server.requests)


def test_a_parameter_without_a_name_costs_nobody_the_catalogue(answers):
    nameless = {"name": "", "type": "StringParameterDefinition"}
    client, _ = answers({"fullName": "x", "property": [{"parameterDefinitions": [nameless]}]})
    assert client.job("x").parameters == ()


def test_a_parameter_without_a_name_hides_no_other_queue_item(answers):
    nameless = {"parameters": [{"name": "", "value": "x"}, {"name": "A", "value": "1"}]}
    client, _ = answers({"items": [{"id": 5, "actions": [nameless]}, {"id": 6}]})
    odd, other = client.queue().items
    assert (odd.parameters["A"], other.queue_id) == ("1", 6)


def test_stages_of_a_pipeline(answers):
    stage = {"id": "6", "name": "Test", "status": "FAILED", "startTimeMillis": 5,
             "durationMillis": 9, "pauseDurationMillis": 2, "error": {"message": "no"}}  # fmt: skip
    client, server = answers({"id": "5", "status": "FAILED", "stages": [stage]})
    expected = Stage("6", "Test", "FAILED", started_ms=5, duration_ms=9, paused_ms=2, error="no")
    assert client.stages("qa/x", 5) == (expected,)
    assert server.requests[0].startswith(b"GET /job/qa/job/x/5/wfapi/describe HTTP")


def test_the_question_that_a_pipeline_waits_with(answers):
    inputs = [{"type": "StringParameterDefinition", "name": "Why", "description": None}]
    action = {"id": "Go", "message": "Go on?", "proceedText": "Yes", "inputs": inputs}
    client, _ = answers([action])
    (question,) = client.pending_inputs("qa/x", 5)
    assert (question.input_id, question.message, question.proceed_text) == ("Go", "Go on?", "Yes")
    assert [each.name for each in question.parameters] == ["Why"]


def test_what_a_question_offers_to_choose(answers):
    offered = {"defaultVal": "a", "choices": ["a", "b"]}
    choice = {"type": "ChoiceParameterDefinition", "name": "Where", "definition": offered}
    action = {"id": "Go", "message": "Go on?", "proceedText": "Yes", "inputs": [choice]}
    (question,) = answers([action])[0].pending_inputs("qa/x", 5)
    assert (question.parameters[0].default, question.parameters[0].choices) == ("a", ("a", "b"))


def test_what_is_no_pipeline_has_no_stages(raw):
    client = Jenkins(raw(reply(404)).url)
    assert client.stages("qa/x", 5) is None
    assert client.pending_inputs("qa/x", 5) is None


@pytest.mark.parametrize("answer", [{}, ["x"], [{}], None])
def test_a_broken_list_of_questions_is_unexpected(answers, answer):
    with pytest.raises(UnexpectedAnswer):
        answers(answer)[0].pending_inputs("qa/x", 5)


@pytest.mark.parametrize(("call", "action"), [("terminate_build", "term"), ("kill_build", "kill")])
def test_a_pipeline_is_stopped_harder(raw, call, action):
    server = raw(reply(302, b"", "Location: ."), reply(404))
    client = Jenkins(server.url, **SIGNED_IN)
    getattr(client, call)("qa/x", 5)
    assert server.requests[0].startswith(f"POST /job/qa/job/x/5/{action} ".encode())
    with pytest.raises(UnexpectedAnswer) as caught:
        getattr(client, call)("qa/freestyle", 5)
    assert caught.value.status == 404


def test_older_pipelines_say_nothing_when_they_are_stopped_harder(raw):
    client = Jenkins(raw(reply(200, b"")).url, **SIGNED_IN)
    client.terminate_build("qa/x", 5)


def test_a_page_in_place_of_an_answer_stopped_nothing(raw):
    server = raw(reply(200, b"<h1>Sign in</h1>", "Content-Type: text/html"))
    client = Jenkins(server.url, **SIGNED_IN)
    with pytest.raises(UnexpectedAnswer, match="a page where none was due"):
        client.terminate_build("qa/x", 5)


COMMIT = {
    "commitId": "c0ffee",
    "msg": "Fix <b>",
    "timestamp": 5,
    "author": {"fullName": "Ann"},
    "affectedPaths": ["a.py"],
}


@pytest.mark.parametrize(
    "told",
    [{"changeSet": {"items": [COMMIT]}}, {"changeSets": [{"items": []}, {"items": [COMMIT]}]}],
)
def test_changes_of_freestyle_builds_and_pipelines(answers, told):
    client, _ = answers(told)
    assert client.changes("x", 1) == (Change("c0ffee", "Fix <b>", "Ann", 5, ("a.py",)),)


def test_artifacts(answers):
    client, _ = answers({"artifacts": [{"fileName": "b.txt", "relativePath": "a/b.txt"}]})
    assert client.artifacts("x", 1) == (Artifact("a/b.txt", "b.txt"),)


def test_a_user_whose_token_jenkins_refuses_to_make(answers):
    client, _ = answers({"status": "error", "message": "Name is taken"})
    with pytest.raises(UnexpectedAnswer, match="Name is taken"):
        client.make_api_token("runboard")


@pytest.mark.parametrize(
    ("answer", "may_build"),
    [
        (reply(405, b"", "Allow: POST"), True),
        (reply(405), None),  # the form of a job with parameters
        (reply(403), False),
        (reply(409), None),  # a disabled job
    ],
)
def test_whether_we_may_build(raw, answer, may_build):
    server = raw(answer, reply(403))
    permissions = Jenkins(server.url, **SIGNED_IN).permissions("x")
    assert (permissions.build, permissions.configure) == (may_build, False)
    assert all(request.startswith(b"GET ") for request in server.requests)


def log_answer(text, size, *headers):
    packed = gzip.compress(text, compresslevel=1)
    return reply(
        200,
        packed,
        f"X-Text-Size: {size}",
        "Content-Encoding: gzip",
        *headers,
        kind="text/plain;charset=utf-8",
    )


def test_a_console_keeps_its_bytes(raw):
    text = b"\x1b[8mha:AAAA\x1b[0mok \xff\xfe <script>\r\n\t50 %\rend\r\n"
    server = raw(log_answer(text, len(text) - 2, "X-More-Data: true"))
    chunk = Jenkins(server.url).console("qa/smoke", 3)
    assert chunk.text == text.replace(b"\r\n", b"\n")
    assert len(chunk.text) == chunk.next_start
    assert chunk.has_more
    assert b"progressiveText?start=0 " in server.requests[0]


@pytest.mark.parametrize("size", ["", "many", "-1", "9" * 20, "9" * 5000])
def test_a_page_in_place_of_a_log_is_unexpected(raw, size):
    client = Jenkins(raw(reply(200, b"<p>hello", *([f"X-Text-Size: {size}"] if size else []))).url)
    with pytest.raises(UnexpectedAnswer):
        client.console("x", 1)
    with pytest.raises(UnexpectedAnswer):
        next(client.console_chunks("x", 1))
