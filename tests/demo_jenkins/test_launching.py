"""Launching, the queue, and what becomes of an item."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.demo_jenkins.server import Server, freestyle, item_id, wait_for

REGRESSION = "job/qa/job/regression"
GPU = "job/qa/job/gpu"
LATER = "1000sec"  # a quiet period that no test waits for


def state(jenkins: Server, item: int) -> str:
    kind: str = jenkins.json(f"queue/item/{item}/api/json")["_class"]
    return kind.removeprefix("hudson.model.Queue$").removesuffix("Item")


def test_location_is_absolute_and_of_the_host_that_was_asked(jenkins: Server) -> None:
    answer = jenkins.post(
        f"{REGRESSION}/buildWithParameters?delay={LATER}",
        {"Notes": "location"},
        headers={"Host": "jenkins.example:8080"},
    )
    assert answer.status_code == 201
    assert (
        answer.headers["Location"] == f"http://jenkins.example:8080/queue/item/{item_id(answer)}/"
    )
    assert answer.content == b""


@pytest.mark.parametrize(
    ("sent", "root"),
    [
        ({"Proto": "https", "Host": "ci.example"}, "https://ci.example"),
        ({"Proto": "https", "Host": "ci.example, inner", "Port": "443"}, "https://ci.example"),
        ({"Host": "ci.example:81", "Port": "8443"}, "http://ci.example:8443"),
        ({"Host": "[::1]:80"}, "http://[::1]"),
    ],
)
def test_location_is_of_the_host_that_a_proxy_was_asked_for(
    jenkins: Server, sent: dict[str, str], root: str
) -> None:
    headers = {f"X-Forwarded-{name}": value for name, value in sent.items()}
    path = f"{REGRESSION}/buildWithParameters?delay={LATER}"
    for status in (201, 303):
        answer = jenkins.post(path, {"Notes": f"by {root} {sent}"}, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Location"] == f"{root}/queue/item/{item_id(answer)}/"
    shown = jenkins.get(f"queue/item/{item_id(answer)}/api/json?tree=task[url]", headers=headers)
    assert shown.json()["task"]["url"] == f"{root}/{REGRESSION}/"


@pytest.mark.parametrize("how", ["query", "urlencoded", "multipart"])
def test_parameters_arrive_however_they_are_sent(jenkins: Server, how: str) -> None:
    sent = {"TestPlanName": f"{how} ü/&+%\n2", "Verbose": "TRUE", "Unknown": "ignored"}
    path = f"{REGRESSION}/buildWithParameters?delay={LATER}"
    if how == "query":
        answer = jenkins.post(path, params=sent)
    elif how == "urlencoded":
        answer = jenkins.post(path, sent)
    else:
        answer = jenkins.post(path, files={name: (None, text) for name, text in sent.items()})
    item = jenkins.json(f"queue/item/{item_id(answer)}/api/json")
    values = {p["name"]: p.get("value") for p in item["actions"][0]["parameters"]}
    assert values == {
        "TestPlanName": f"{how} ü/&+%\n2",
        "NoOfReruns": "0",
        "Environment": "staging",
        "Verbose": True,
        "Notes": "",
        "ApiKey": None,
        "RUNBOARD_ID": "",
        "RUNBOARD_USER": "",
    }


def test_a_boolean_is_true_only_by_that_word(jenkins: Server) -> None:
    for text in ("on", "1", "yes", ""):
        item = jenkins.launch(REGRESSION, {"Verbose": text, "Notes": f"b{text}"}, LATER)
        parameters = jenkins.json(f"queue/item/{item}/api/json")["actions"][0]["parameters"]
        assert {p["name"]: p.get("value") for p in parameters}["Verbose"] is False


def test_a_password_is_never_shown(jenkins: Server) -> None:
    item = jenkins.launch(REGRESSION, {"ApiKey": "hush-hush", "TestPlanName": "none"}, LATER)
    waiting = jenkins.get(f"queue/item/{item}/api/json")
    assert "hush-hush" not in waiting.text
    assert "\nApiKey=****" in waiting.json()["params"]
    jenkins.post(f"queue/cancelItem?id={item}")
    build = jenkins.run(REGRESSION, {"ApiKey": "hush-hush", "TestPlanName": "none"})
    assert "hush-hush" not in json.dumps(build)
    for file in jenkins.home.rglob("*"):
        if file.is_file():
            assert b"hush-hush" not in file.read_bytes(), file


def test_equal_parameters_fold_into_the_waiting_item(jenkins: Server) -> None:
    form = {"Notes": "folded", "ApiKey": "same"}
    first = jenkins.launch(REGRESSION, form, LATER)
    again = jenkins.post(f"{REGRESSION}/buildWithParameters?delay={LATER}", form)
    other = jenkins.launch(REGRESSION, {**form, "ApiKey": "another"}, LATER)
    assert again.status_code == 303
    assert item_id(again) == first
    assert other != first
    actions = jenkins.json(f"queue/item/{first}/api/json")["actions"]
    assert len(actions[1]["causes"]) == 2


def test_an_earlier_due_time_moves_the_item_forward(jenkins: Server) -> None:
    jenkins.make_job("impatient", freestyle("true", "A"))
    item = jenkins.launch("job/impatient", {"A": "1"}, LATER)
    again = jenkins.post("job/impatient/buildWithParameters?delay=0sec", {"A": "1"})
    assert again.status_code == 303
    assert jenkins.ended(jenkins.started(item))["queueId"] == item


def test_a_plain_job_folds_with_201(jenkins: Server) -> None:
    jenkins.make_job("plain", freestyle("true"))
    first = jenkins.launch("job/plain", delay=LATER)
    assert jenkins.launch("job/plain", delay=LATER) == first


def test_jenkins_own_form(jenkins: Server) -> None:
    form = {"json": json.dumps({"parameter": [{"name": "Notes", "value": "by form"}]})}
    path = f"{REGRESSION}/build?delay={LATER}"
    first = jenkins.post(path, form)
    folded = jenkins.post(path, form)
    assert first.status_code == 201
    assert folded.status_code == 302
    assert folded.headers["Location"] == f"/{REGRESSION}/"
    actions = jenkins.json(f"queue/item/{item_id(first)}/api/json")["actions"]
    assert [parameter["name"] for parameter in actions[0]["parameters"]] == ["Notes"]


@pytest.mark.parametrize(
    ("delay", "seconds"), [(None, 5), ("700sec", 700), ("900secs", 900), ("5", 0)]
)
def test_delay(jenkins: Server, delay: str | None, seconds: int) -> None:
    jenkins.make_job(f"delay {delay}", freestyle("true"))
    query = f"?delay={delay}" if delay else ""

    def launch() -> int:
        return item_id(jenkins.post(f"job/delay {delay}/build{query}"))

    if seconds == 0:
        jenkins.started(launch())
        return
    seen: list[Any] = []

    def is_seen_waiting() -> bool:
        seen.append(jenkins.json(f"queue/item/{launch()}/api/json"))
        return bool(seen[-1]["_class"] == "hudson.model.Queue$WaitingItem")

    wait_for(is_seen_waiting)  # five seconds may be over before a busy machine looks
    waiting = seen[-1]
    assert waiting["timestamp"] - waiting["inQueueSince"] == seconds * 1000
    assert waiting["why"].startswith("In the quiet period. Expires in ")


def test_the_jobs_own_quiet_period(jenkins: Server) -> None:
    jenkins.make_job("calm", freestyle("true", quiet_s=40))
    waiting = jenkins.json(f"queue/item/{item_id(jenkins.post('job/calm/build'))}/api/json")
    assert waiting["timestamp"] - waiting["inQueueSince"] == 40_000


def test_the_trigger_token_stands_for_right_and_post(jenkins: Server) -> None:
    jenkins.make_job("remote", freestyle("true", "A", token="open-sesame"))  # noqa: S106 made up
    reader = jenkins.make_user("remote", "hudson.model.Hudson.Read", "hudson.model.Item.Read")
    path = "job/remote/buildWithParameters"
    right = {"token": "open-sesame", "cause": "a pipeline", "delay": LATER}
    assert jenkins.get(path, params={**right, "token": "no"}, auth=reader).status_code == 403
    assert jenkins.post(path, params={**right, "token": "no"}).status_code == 403
    launched = jenkins.get(path, params=right, auth=reader)
    assert launched.status_code == 201
    actions = jenkins.json(f"queue/item/{item_id(launched)}/api/json")["actions"]
    cause = actions[1]["causes"][0]
    assert cause["_class"] == "hudson.model.Cause$RemoteCause"
    assert cause["shortDescription"] == "Started by remote host 127.0.0.1 with note: a pipeline"


def test_cancelling(jenkins: Server) -> None:
    item = jenkins.launch(REGRESSION, {"Notes": "to be cancelled"}, LATER)
    done = jenkins.post(f"queue/cancelItem?id={item}")
    assert done.status_code == 204
    left = jenkins.json(f"queue/item/{item}/api/json")
    assert left["_class"] == "hudson.model.Queue$LeftItem"
    assert (left["cancelled"], left["executable"], left["why"]) == (True, None, None)
    assert jenkins.post(f"queue/cancelItem?id={item}").status_code == 500


def test_no_agent_has_the_label(jenkins: Server) -> None:
    item = jenkins.launch(GPU, {"TestPlanName": "label"})
    wait_for(lambda: state(jenkins, item) == "Buildable")
    waiting = jenkins.json(f"queue/item/{item}/api/json")
    assert waiting["stuck"] is True
    assert waiting["pending"] is False
    assert waiting["buildableStartMilliseconds"] >= waiting["inQueueSince"]
    assert waiting["why"] == "\u2018Jenkins\u2019 doesn\u2019t have label \u2018gpu\u2019"
    german = jenkins.get(f"queue/item/{item}/api/json", headers={"Accept-Language": "de-AT"})
    assert german.json()["why"] == "\u201aJenkins\u2018 hat das Label \u201agpu\u2018 nicht"


def test_executors_are_limited_and_jobs_wait_for_themselves(start: Callable[..., Server]) -> None:
    jenkins = start("--executors", "2", "--language", "de")
    jenkins.make_job("alone", freestyle("sleep 60", "A"))
    jenkins.make_job("wide", freestyle("sleep 60", "A", is_concurrent=True))
    builds = [jenkins.started(jenkins.launch("job/alone", {"A": "1"}))]
    blocked = jenkins.launch("job/alone", {"A": "2"})
    wait_for(lambda: state(jenkins, blocked) == "Blocked")
    builds.append(jenkins.started(jenkins.launch("job/wide", {"A": "1"})))
    buildable = jenkins.launch("job/wide", {"A": "2"})
    wait_for(lambda: state(jenkins, buildable) == "Buildable")
    queue = jenkins.json("queue/api/json")["items"]
    assert [item["id"] for item in queue] == [blocked, buildable]
    assert queue[0]["why"] == "Build #1 läuft bereits (voraussichtliche Dauer: unbekannt)"
    assert queue[0]["buildableStartMilliseconds"]
    assert queue[1]["why"] == "Warte auf den nächsten freien Build-Prozessor"
    computers = jenkins.json("computer/api/json?depth=2")
    assert (computers["busyExecutors"], computers["totalExecutors"]) == (2, 2)
    executors = computers["computer"][0]["executors"]
    assert {e["currentExecutable"]["url"] for e in executors} == {jenkins.url + b for b in builds}
    for build in builds:
        jenkins.post(f"{build}stop")
        assert jenkins.ended(build)["result"] == "ABORTED"
    for item in (blocked, buildable):
        jenkins.post(f"{jenkins.started(item)}stop")


def test_a_left_item_is_forgotten_after_five_minutes(start: Callable[..., Server]) -> None:
    jenkins = start()
    jenkins.make_job("quick", freestyle("true"))
    item = jenkins.launch("job/quick")
    build = jenkins.ended(jenkins.started(item))
    jenkins.forward(4 * 60)
    assert jenkins.json(f"queue/item/{item}/api/json")["executable"]["number"] == build["number"]
    jenkins.forward(2 * 60)
    assert jenkins.get(f"queue/item/{item}/api/json").status_code == 404
    tree = "api/json?tree=builds[number,queueId]{0,50}"
    assert jenkins.json(f"job/quick/{tree}")["builds"][0]["queueId"] == item


def test_an_item_leaves_before_its_build_is_known(jenkins: Server) -> None:
    jenkins.make_job("gap", freestyle("true"))

    def is_seen_between() -> bool:
        item = jenkins.launch("job/gap")
        wait_for(lambda: state(jenkins, item) == "Left", every_s=0)
        return jenkins.json(f"queue/item/{item}/api/json")["executable"] is None

    wait_for(is_seen_between)  # it is short: on a busy machine it may be over before we look


def test_an_answer_is_lost_but_the_work_is_done(jenkins: Server) -> None:
    jenkins.make_job("lost", freestyle("true", "A", quiet_s=1000))
    jenkins.post("demo/fault", {"kind": "close-after-accept", "count": "1", "path": "lost"})
    with pytest.raises(requests.ConnectionError):
        jenkins.post("job/lost/buildWithParameters", {"A": "1"})
    waiting = jenkins.json("queue/api/json?tree=items[task[name],params]")["items"]
    assert [i["params"] for i in waiting if i["task"]["name"] == "lost"] == ["\nA=1"]
    assert jenkins.post("job/lost/buildWithParameters", {"A": "2"}).status_code == 201


def test_a_configured_root_url_shows_in_json_but_not_in_location(
    start: Callable[..., Server],
) -> None:
    jenkins = start("--root-url", "https://ci.example/jenkins", "--prefix", "/jenkins")
    jenkins.make_job("a", freestyle("true"))
    assert jenkins.json("api/json?tree=url")["url"] == "https://ci.example/jenkins/"
    assert jenkins.json("job/a/api/json")["url"] == "https://ci.example/jenkins/job/a/"
    location = jenkins.post("job/a/build").headers["Location"]
    assert location.startswith(f"{jenkins.url}queue/item/")
    assert jenkins.url.endswith("/jenkins/")
    assert jenkins.post("job/a/disable").headers["Location"] == "/jenkins/job/a/"
    assert requests.get(jenkins.url.replace("/jenkins/", "/api/json"), timeout=5).status_code == 404


def test_requests_are_counted_by_kind(start: Callable[..., Server]) -> None:
    jenkins = start("--seed")
    jenkins.post("demo/requests/reset")
    jenkins.get("queue/api/json?tree=items[id]")
    jenkins.get("computer/api/json")
    jenkins.get("computer/api/json?depth=1")
    jenkins.launch(REGRESSION, {"Notes": "x"}, LATER)
    assert jenkins.json("demo/requests") == {
        "total": 4,
        "kinds": {
            "GET root/computer/api/json": 2,
            "GET root/queue/api/json": 1,
            "POST job/buildWithParameters": 1,
        },
    }
