"""Asking for builds: every status of build, buildWithParameters and buildByToken."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.conformance.configuration import CHOICE, TEXT, default, freestyle, parameter
from tests.conformance.controller import (
    LATER,
    Controller,
    Job,
    item_id,
    not_supported,
    wait_for,
)

TOKEN = "open-sesame"  # noqa: S105 made up
BOOLEAN = parameter("Boolean", "Verbose", default("true"))
PASSWORD = parameter("Password", "Secret", default("hush"))
WAITS = 1000  # seconds of a quiet period that no test waits for


@pytest.fixture(scope="module")
def jobs(jenkins: Controller) -> dict[str, Job]:
    """Jobs whose builds wait, so that their launches can be folded."""
    configurations = {
        "plain": freestyle(quiet_s=WAITS),
        "wide": freestyle("true", TEXT, CHOICE, BOOLEAN, PASSWORD, quiet_s=WAITS),
        "off": freestyle(is_disabled=True),
        "off_wide": freestyle("true", TEXT, is_disabled=True),
        "guarded": freestyle(token=TOKEN, quiet_s=WAITS),
        "guarded_wide": freestyle("true", TEXT, token=TOKEN, quiet_s=WAITS),
        "guarded_off": freestyle(token=TOKEN, is_disabled=True),
    }
    return {name: jenkins.make_job(name, xml) for name, xml in configurations.items()}


def form_of(**values: Any) -> dict[str, str]:
    """What Jenkins's own page of a parameterized job submits."""
    given = [{"name": name, "value": value} for name, value in values.items()]
    return {"json": json.dumps({"parameter": given})}


BUILD = [
    ("a plain job", "POST", "plain", None, 201, ""),
    ("a plain job with a form", "POST", "plain", {"x": "y"}, 201, ""),
    ("a plain job by GET", "GET", "plain", None, 405, "POST"),
    ("parameters, none sent", "POST", "wide", None, 400, "Nothing is submitted"),
    ("parameters, not as json", "POST", "wide", {"PLAN": "a"}, 400, "expects a form submission"),
    ("parameters as json", "POST", "wide", form_of(PLAN="as json"), 201, ""),
    ("parameters, one unknown", "POST", "wide", form_of(Unknown="x"), 500, ""),
    ("parameters, a choice that is none", "POST", "wide", form_of(Environment="moon"), 500, ""),
    ("parameters by GET: their form", "GET", "wide", None, 405, ""),
    ("a disabled job", "POST", "off", None, 409, "is not buildable"),
    ("a disabled job with parameters", "POST", "off_wide", None, 409, "is not buildable"),
    ("an unknown job", "POST", "none", None, 404, ""),
]
WITH_PARAMETERS = [
    ("all by default", "POST", "wide", {}, 201, ""),
    ("one given", "POST", "wide", {"PLAN": "one given"}, 201, ""),
    ("an unknown one is ignored", "POST", "wide", {"PLAN": "known", "Unknown": "x"}, 201, ""),
    ("a choice that is none", "POST", "wide", {"Environment": "moon"}, 500, ""),
    ("one twice", "POST", "wide?PLAN=a", {"PLAN": "b"}, 500, ""),
    ("by GET", "GET", "wide?PLAN=a", None, 405, "POST"),
    ("a plain job", "POST", "plain", {"PLAN": "a"}, 400, "is not parameterized"),
    ("a disabled job", "POST", "off_wide", {"PLAN": "a"}, 409, "is not buildable"),
    ("an unknown job", "POST", "none", {"PLAN": "a"}, 404, ""),
]
ROWS = [(row[0], "build", *row[1:]) for row in BUILD]
ROWS += [(row[0], "buildWithParameters", *row[1:]) for row in WITH_PARAMETERS]


@pytest.mark.parametrize(
    ("action", "method", "job", "form", "status", "says"),
    [row[1:] for row in ROWS],
    ids=[f"{row[1]}: {row[0]}" for row in ROWS],
)
def test_statuses(
    jenkins: Controller,
    jobs: dict[str, Job],
    action: str,
    method: str,
    job: str,
    form: dict[str, str] | None,
    status: int,
    says: str,
) -> None:
    name, _, query = job.partition("?")
    path = (jobs.get(name) or jenkins.name_job("no such job")).path
    answer = jenkins.request(method, f"{path}/{action}?{query}", data=form)
    assert answer.status_code == status
    assert says in answer.text
    if status == 201:
        assert answer.content == b""
        assert jenkins.item(item_id(answer))["task"]["name"] == jobs[name].name
    else:
        assert answer.headers["Content-Type"].startswith("text/html")
    if status == 405 and says:  # else it is the form of a job with parameters
        assert answer.headers["Allow"] == "POST"


def test_location_is_absolute_and_of_the_host_that_was_asked(
    jenkins: Controller, jobs: dict[str, Job]
) -> None:
    answer = jenkins.post(f"{jobs['wide'].path}/buildWithParameters", {"PLAN": "location"})
    assert answer.headers["Location"] == f"{jenkins.url}queue/item/{item_id(answer)}/"


class TestFolding:
    """A request joins an equal one that waits."""

    def test_a_plain_job_201_again(self, jenkins: Controller, jobs: dict[str, Job]) -> None:
        first = jenkins.launch(jobs["plain"], delay=LATER)
        before = causes(jenkins, first)
        assert jenkins.launch(jobs["plain"], delay=LATER) == first
        assert len(causes(jenkins, first)) == len(before) + 1

    def test_equal_parameters_303(self, jenkins: Controller, jobs: dict[str, Job]) -> None:
        form = {"PLAN": "folded", "Secret": "same"}
        path = f"{jobs['wide'].path}/buildWithParameters"
        first = jenkins.post(path, form)
        again = jenkins.post(path, form)
        assert (first.status_code, again.status_code) == (201, 303)
        assert item_id(again) == item_id(first)
        assert again.content == b""

    @pytest.mark.parametrize("other", [{"PLAN": "others"}, {"Secret": "another"}])
    def test_others_do_not(
        self, jenkins: Controller, jobs: dict[str, Job], other: dict[str, str]
    ) -> None:
        form = {"PLAN": f"not {other}", "Secret": "same"}
        first = jenkins.launch(jobs["wide"], form, LATER)
        assert jenkins.launch(jobs["wide"], form | other, LATER) != first

    def test_equal_parameters_as_json_302_to_the_job(
        self, jenkins: Controller, jobs: dict[str, Job]
    ) -> None:
        path = f"{jobs['wide'].path}/build"
        answers = [jenkins.post(path, form_of(PLAN="json folded")) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 302]
        assert answers[1].headers["Location"].endswith(f"/{jobs['wide'].path}/")

    def test_an_earlier_time_moves_the_item_forward(self, jenkins: Controller) -> None:
        job = jenkins.make_job("moved forward", freestyle("true", TEXT))
        item = jenkins.launch(job, {"PLAN": "a"}, LATER)
        again = jenkins.post(f"{job.path}/buildWithParameters?delay=0sec", {"PLAN": "a"})
        assert (again.status_code, item_id(again)) == (303, item)
        assert jenkins.ended(jenkins.started(job, item))["queueId"] == item


def causes(jenkins: Controller, item: int) -> list[dict[str, str]]:
    """Why a queue item is there."""
    [found] = [action["causes"] for action in jenkins.item(item)["actions"] if "causes" in action]
    return list(found)


DELAYS = [
    (None, WAITS),
    ("700sec", 700),
    ("900secs", 900),
    ("1100000", 1100),
    ("1234321", 1234),
]


@pytest.mark.parametrize(("delay", "seconds"), DELAYS)
def test_delay(jenkins: Controller, jobs: dict[str, Job], delay: str | None, seconds: int) -> None:
    path = f"{jobs['wide'].path}/buildWithParameters"
    query = {"delay": delay} if delay else {}
    answer = jenkins.post(path, {"PLAN": f"delay {delay}"}, params=query)
    item = jenkins.item(item_id(answer))
    jenkins.post(f"queue/cancelItem?id={item['id']}")
    assert item["_class"] == "hudson.model.Queue$WaitingItem"
    assert round((item["timestamp"] - item["inQueueSince"]) / 1000) == seconds


@pytest.mark.parametrize("delay", ["0sec", "0", "5"])  # a bare number is milliseconds
def test_no_delay(jenkins: Controller, delay: str) -> None:
    job = jenkins.make_job(f"no delay {delay}", freestyle(quiet_s=WAITS))
    assert jenkins.started(job, jenkins.launch(job, delay=delay))


@pytest.mark.parametrize("how", ["query", "urlencoded", "multipart"])
def test_parameters_arrive_however_they_are_sent(
    jenkins: Controller, jobs: dict[str, Job], how: str
) -> None:
    sent = {"PLAN": f"{how} ü/&+%\n2", "Verbose": "FALSE", "Secret": "hidden", "Unknown": "x"}
    parts = {name: (None, text) for name, text in sent.items()}
    options: dict[str, dict[str, Any]] = {
        "query": {"params": sent},
        "urlencoded": {"data": sent},
        "multipart": {"files": parts},
    }
    answer = jenkins.request("POST", f"{jobs['wide'].path}/buildWithParameters", **options[how])
    assert answer.status_code == 201
    assert jenkins.item(item_id(answer))["actions"][0] == {
        "_class": "hudson.model.ParametersAction",
        "parameters": [
            {"_class": STRING, "name": "PLAN", "value": f"{how} ü/&+%\n2"},
            {"_class": STRING, "name": "Environment", "value": "staging"},
            {"_class": "hudson.model.BooleanParameterValue", "name": "Verbose", "value": False},
            {"_class": "hudson.model.PasswordParameterValue", "name": "Secret"},
        ],
    }


STRING = "hudson.model.StringParameterValue"


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("TRUE", True), ("on", False), ("1", False), ("", False)]
)
def test_a_boolean_is_true_only_by_that_word(
    jenkins: Controller, jobs: dict[str, Job], text: str, value: bool
) -> None:
    form = {"Verbose": text, "PLAN": f"boolean {text!r}"}
    item = jenkins.item(jenkins.launch(jobs["wide"], form, LATER))
    shown = {entry["name"]: entry.get("value") for entry in item["actions"][0]["parameters"]}
    assert shown["Verbose"] is value


def test_long_texts_fit_into_the_body(jenkins: Controller) -> None:
    job = jenkins.make_job("long text", freestyle('echo "has ${#PLAN}"', TEXT))
    build = jenkins.run(job, {"PLAN": "x" * 100_000})
    assert "has 100000" in jenkins.get(f"{build}/consoleText").text


def test_long_texts_do_not_fit_into_the_address(jenkins: Controller, jobs: dict[str, Job]) -> None:
    path = f"{jobs['wide'].path}/buildWithParameters"
    answer = jenkins.post(path, params={"PLAN": "x" * 20_000})
    assert answer.status_code in (414, 431)


def test_a_run_as_a_parameter(jenkins: Controller) -> None:
    other = jenkins.make_job("upstream", freestyle())
    jenkins.run(other)
    inner = f"<projectName>{other.full_name}</projectName><filter>ALL</filter>"
    job = jenkins.make_job("downstream", freestyle("true", parameter("Run", "Upstream", inner)))
    item = jenkins.item(jenkins.launch(job, {"Upstream": f"{other.full_name}#1"}, LATER))
    [value] = item["actions"][0]["parameters"]
    assert value["_class"] == "hudson.model.RunParameterValue"
    assert (value["jobName"], str(value["number"])) == (other.full_name, "1")


def test_the_latest_run_is_a_parameters_default(jenkins: Controller) -> None:
    other = jenkins.make_job("upstream by default", freestyle())
    inner = f"<projectName>{other.full_name}</projectName><filter>STABLE</filter>"
    definition = parameter("Run", "Upstream", inner)
    job = jenkins.make_job("downstream by default", freestyle("true", definition, TEXT))
    assert shown_default(jenkins, job) is None
    jenkins.run(other)
    value = {"_class": "hudson.model.RunParameterValue", "name": "Upstream"}
    value |= {"jobName": other.full_name, "number": "1"}
    assert shown_default(jenkins, job) == value
    item = jenkins.item(jenkins.launch(job, {"PLAN": "x"}, LATER))
    assert item["actions"][0]["parameters"][0] == value


def shown_default(jenkins: Controller, job: Job) -> Any:
    """The default of a job's first parameter."""
    tree = "property[parameterDefinitions[defaultParameterValue[*]]]"
    [shown] = [entry for entry in jenkins.json(job.path, tree)["property"] if len(entry) > 1]
    return shown["parameterDefinitions"][0]["defaultParameterValue"]


def test_json_leaves_out_what_it_does_not_name(jenkins: Controller, jobs: dict[str, Job]) -> None:
    answer = jenkins.post(f"{jobs['wide'].path}/build", form_of(PLAN="left out"))
    [action] = [a for a in jenkins.item(item_id(answer))["actions"] if "parameters" in a]
    assert action["parameters"] == [{"_class": STRING, "name": "PLAN", "value": "left out"}]


def test_json_without_parameters_leaves_out_all(jenkins: Controller, jobs: dict[str, Job]) -> None:
    answer = jenkins.post(f"{jobs['wide'].path}/build", {"json": "{}"})
    assert answer.status_code == 201
    assert not any("value" in str(a) for a in jenkins.item(item_id(answer))["actions"])


@pytest.mark.parametrize("target", [".", "..", "/login"])
def test_json_says_how_it_is_answered(
    jenkins: Controller, jobs: dict[str, Job], target: str
) -> None:
    given = [{"name": "PLAN", "value": f"to {target}"}]
    form = {"json": json.dumps({"parameter": given, "statusCode": "303", "redirectTo": target})}
    answer = jenkins.post(f"{jobs['wide'].path}/build", form)
    assert answer.status_code == 303
    here = f"{jenkins.url}{jobs['wide'].path}/build"
    assert urljoin(here, answer.headers["Location"]).rstrip("/") == urljoin(here, target).rstrip(
        "/"
    )


@pytest.mark.parametrize("target", ["http://example.org/", "//example.org/", "\\\\example.org"])
def test_json_leads_nowhere_else(jenkins: Controller, jobs: dict[str, Job], target: str) -> None:
    given = [{"name": "PLAN", "value": f"not to {target}"}]
    form = {"json": json.dumps({"parameter": given, "redirectTo": target})}
    answer = jenkins.post(f"{jobs['wide'].path}/build", form)
    assert answer.status_code == 201
    assert jenkins.item(item_id(answer))


def test_a_run_as_a_parameter_in_json(jenkins: Controller) -> None:
    other = jenkins.make_job("upstream by json", freestyle())
    jenkins.run(other)
    inner = f"<projectName>{other.full_name}</projectName><filter>ALL</filter>"
    definition = parameter("Run", "Upstream", inner)
    job = jenkins.make_job("downstream by json", freestyle("true", definition))
    given = {"name": "Upstream", "runId": f"{other.full_name}#1"}
    form = {"json": json.dumps({"parameter": given})}
    answer = jenkins.post(f"{job.path}/build?delay={LATER}", form)
    [value] = jenkins.item(item_id(answer))["actions"][0]["parameters"]
    assert (value["jobName"], str(value["number"])) == (other.full_name, "1")


def test_a_file_as_a_parameter_in_json(jenkins: Controller) -> None:
    """As the manual has it: curl --form file0=@mine.txt --form json=..."""
    definition = parameter("File", "data.txt")
    job = jenkins.make_job("with a file by json", freestyle("cat data.txt", definition))
    given = [{"name": "data.txt", "file": "file0"}]
    files = {
        "file0": ("mine.txt", b"what was uploaded\n"),
        "json": (None, json.dumps({"parameter": given}).encode()),
    }
    answer = jenkins.post(f"{job.path}/build?delay=0sec", files=files)
    assert answer.status_code == 201
    build = jenkins.started(job, item_id(answer))
    jenkins.ended(build)
    assert "\nwhat was uploaded\n" in jenkins.get(f"{build}/consoleText").text


def test_a_file_as_a_parameter(jenkins: Controller) -> None:
    job = jenkins.make_job("with a file", freestyle("cat data.txt", parameter("File", "data.txt")))
    path = f"{job.path}/buildWithParameters?delay=0sec"
    answer = jenkins.post(path, files={"data.txt": ("mine.txt", b"what was uploaded\n")})
    assert answer.status_code == 201
    build = jenkins.started(job, item_id(answer))
    facts = jenkins.ended(build)
    assert [value["name"] for value in facts["actions"][0]["parameters"]] == ["data.txt"]
    assert "\nwhat was uploaded\n" in jenkins.get(f"{build}/consoleText").text


class TestTriggerToken:
    """The job's own token, sent by somebody who may read the job."""

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_stands_for_the_right_and_the_post(
        self, jenkins: Controller, jobs: dict[str, Job], method: str
    ) -> None:
        query = {"token": TOKEN, "cause": "a pipeline", "PLAN": f"token by {method}"}
        path = f"{jobs['guarded_wide'].path}/buildWithParameters"
        answer = jenkins.request(method, path, params=query)
        assert answer.status_code == 201
        [cause] = causes(jenkins, item_id(answer))
        assert cause["_class"] == "hudson.model.Cause$RemoteCause"
        assert cause["note"] == "a pipeline"
        assert cause["addr"]

    def test_without_a_cause_there_is_no_note(
        self, jenkins: Controller, jobs: dict[str, Job]
    ) -> None:
        path = f"{jobs['guarded_wide'].path}/buildWithParameters"
        answer = jenkins.get(path, params={"token": TOKEN, "PLAN": "without a cause"})
        [cause] = causes(jenkins, item_id(answer))
        assert cause["_class"] == "hudson.model.Cause$RemoteCause"
        assert cause["note"] is None

    def test_a_plain_job(self, jenkins: Controller, jobs: dict[str, Job]) -> None:
        answer = jenkins.get(f"{jobs['guarded'].path}/build", params={"token": TOKEN})
        assert answer.status_code == 201

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_wrong_one_403(self, jenkins: Controller, jobs: dict[str, Job], method: str) -> None:
        path = f"{jobs['guarded'].path}/build"
        assert jenkins.request(method, path, params={"token": "no"}).status_code == 403

    def test_is_ignored_where_there_is_none(
        self, jenkins: Controller, jobs: dict[str, Job]
    ) -> None:
        form = {"PLAN": "no token", "token": "any", "cause": "ignored"}
        answer = jenkins.post(f"{jobs['wide'].path}/buildWithParameters", form)
        assert answer.status_code == 201
        [cause] = causes(jenkins, item_id(answer))
        assert cause["_class"] == "hudson.model.Cause$UserIdCause"
        assert cause["userId"].lower() == jenkins.account[0].lower()

    def test_for_a_reader(self, jenkins: Controller, jobs: dict[str, Job]) -> None:
        path = f"{jobs['guarded_wide'].path}/buildWithParameters"
        query = {"token": TOKEN, "PLAN": "by a reader"}
        assert jenkins.get(path, params=query, auth=jenkins.reader).status_code == 201


BY_TOKEN = [
    ("a plain job", "build", "guarded", TOKEN, 201),
    ("parameters", "buildWithParameters", "guarded_wide", TOKEN, 201),
    ("a wrong token", "build", "guarded", "no", 403),
    ("a wrong token with parameters", "buildWithParameters", "guarded_wide", "no", 403),
    ("a job without one", "build", "plain", TOKEN, 404),
    ("an unknown job", "build", "none", TOKEN, 404),
    ("parameters by build", "build", "guarded_wide", TOKEN, 400),
    ("a plain job with parameters", "buildWithParameters", "guarded", TOKEN, 400),
    ("a disabled job", "build", "guarded_off", TOKEN, 400),
    ("polling a job without SCM", "polling", "guarded", TOKEN, 400),
    ("polling a job without a token", "polling", "plain", TOKEN, 404),
]


class TestBuildByToken:
    """The plugin Build Authorization Token Root: signed out, without a crumb, also by GET."""

    def ask(self, jenkins: Controller, method: str, action: str, **query: str) -> requests.Response:
        return jenkins.request(method, f"buildByToken/{action}", params=query, auth=None)

    @pytest.fixture(autouse=True)
    def _needs_the_plugin(self, jenkins: Controller, jobs: dict[str, Job]) -> None:
        query = {"job": jobs["guarded"].full_name, "token": TOKEN, "delay": LATER}
        if self.ask(jenkins, "POST", "build", **query).status_code == 404:
            not_supported("build-token-root")

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize(
        ("action", "job", "token", "status"),
        [row[1:] for row in BY_TOKEN],
        ids=[row[0] for row in BY_TOKEN],
    )
    def test_statuses(
        self,
        jenkins: Controller,
        jobs: dict[str, Job],
        method: str,
        action: str,
        job: str,
        token: str,
        status: int,
    ) -> None:
        full_name = jobs[job].full_name if job in jobs else "no such job"
        query = {"job": full_name, "token": token, "delay": LATER}
        if action == "buildWithParameters":
            query["PLAN"] = f"by token, {method}"
        if job == "guarded" and status == 201:  # one that waits would be folded
            jenkins.post(f"{jobs[job].path}/cancelQueue")
        answer = self.ask(jenkins, method, action, **query)
        assert answer.status_code == status
        if status == 201:
            assert answer.content == b""
            assert answer.headers["Location"].startswith("/")  # a path alone
            assert jenkins.item(item_id(answer))["task"]["name"] == jobs[job].name

    def test_folded_303(self, jenkins: Controller, jobs: dict[str, Job]) -> None:
        query = {"job": jobs["guarded_wide"].full_name, "token": TOKEN, "delay": LATER}
        first, again = (
            self.ask(jenkins, "POST", "buildWithParameters", PLAN="folded", **query)
            for _ in range(2)
        )
        assert (first.status_code, again.status_code) == (201, 303)
        assert item_id(again) == item_id(first)

    def test_without_delay_there_is_no_quiet_period(self, jenkins: Controller) -> None:
        job = jenkins.make_job("by token at once", freestyle(token=TOKEN, quiet_s=WAITS))
        answer = self.ask(jenkins, "POST", "build", job=job.full_name, token=TOKEN, cause="x")
        build = jenkins.started(job, item_id(answer))
        [cause] = [a["causes"] for a in jenkins.ended(build)["actions"] if "causes" in a]
        assert cause[0]["_class"] == "hudson.model.Cause$RemoteCause"
        wait_for(lambda: jenkins.json(job.path, "lastStableBuild[number]")["lastStableBuild"])
