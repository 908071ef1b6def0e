"""What waits: a queue item's life, why it waits, and cancelling it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.configuration import TEXT, default, freestyle, parameter
from tests.conformance.controller import LATER, Controller, Job, item_id, wait_for

QUEUE = "hudson.model.Queue"
PASSWORD = parameter("Password", "Secret", default("hush"))


@pytest.fixture(scope="module")
def job(jenkins: Controller) -> Job:
    """A job with parameters whose builds last until they are stopped."""
    return jenkins.make_job("queue", freestyle("sleep 600", TEXT, PASSWORD))


def waits(jenkins: Controller, item: int, kind: str) -> Any:
    """Wait until an item is of some kind; the item."""
    wait_for(lambda: jenkins.item(item)["_class"] == f"{QUEUE}${kind}Item")
    return jenkins.item(item)


COMMON = {
    "actions": list,
    "blocked": bool,
    "buildable": bool,
    "id": int,
    "inQueueSince": int,
    "params": str,
    "stuck": bool,
    "task": dict,
    "url": str,
}


def kinds_of(item: dict[str, Any], *, but: set[str]) -> dict[str, type]:
    """The kind of each field of an item."""
    return {name: type(value) for name, value in item.items() if name not in {"_class", *but}}


def test_in_the_quiet_period(jenkins: Controller, job: Job) -> None:
    number = jenkins.launch(job, {"PLAN": "quiet"}, LATER)
    item = jenkins.item(number)
    assert item["_class"] == f"{QUEUE}$WaitingItem"
    assert kinds_of(item, but=set()) == COMMON | {"why": str, "timestamp": int}
    assert (item["id"], item["url"]) == (number, f"queue/item/{number}/")
    assert (item["blocked"], item["buildable"], item["stuck"]) == (False, False, False)
    assert item["params"] == "\nPLAN=quiet\nSecret=****"
    assert item["task"]["_class"] == "hudson.model.FreeStyleProject"
    assert item["task"]["name"] == job.name
    assert item["task"]["url"].endswith(f"/{job.path}/")
    assert item["task"]["color"].startswith("notbuilt")


def test_the_job_knows_its_item(jenkins: Controller, job: Job) -> None:
    number = jenkins.launch(job, {"PLAN": "known"}, LATER)
    shown = jenkins.json(job.path, "inQueue,queueItem[id,task[name]]")
    assert shown["inQueue"] is True
    assert shown["queueItem"]["_class"] == f"{QUEUE}$WaitingItem"
    waiting = jenkins.json("queue", "items[id,task[name]]")["items"]
    assert number in [item["id"] for item in waiting]


def test_the_queue_lists_what_runs_soonest_last(jenkins: Controller, job: Job) -> None:
    ready = jenkins.make_job("ready", freestyle(label="no-such-label-anywhere"))
    buildable = jenkins.launch(ready)
    waits(jenkins, buildable, "Buildable")
    quiet = jenkins.launch(job, {"PLAN": "listed"}, LATER)
    queue = jenkins.json("queue")
    assert queue["_class"] == QUEUE
    assert isinstance(queue["discoverableItems"], list)
    ours = [item["id"] for item in queue["items"] if item["id"] in (quiet, buildable)]
    assert ours == [quiet, buildable]


def test_no_node_has_the_label(jenkins: Controller) -> None:
    job = jenkins.make_job("nowhere", freestyle(label="no-such-label-anywhere"))
    item = waits(jenkins, jenkins.launch(job), "Buildable")
    kinds = COMMON | {"why": str, "buildableStartMilliseconds": int, "pending": bool}
    assert kinds_of(item, but=set()) == kinds
    assert (item["blocked"], item["buildable"], item["pending"]) == (False, True, False)
    assert "no-such-label-anywhere" in item["why"]
    assert item["buildableStartMilliseconds"] >= item["inQueueSince"]


def test_a_job_waits_for_itself_then_leaves(jenkins: Controller) -> None:
    job = jenkins.make_job("alone", freestyle("sleep 600", TEXT, is_concurrent=False))
    first = jenkins.started(job, jenkins.launch(job, {"PLAN": "1"}))
    blocked = waits(jenkins, jenkins.launch(job, {"PLAN": "2"}), "Blocked")
    assert kinds_of(blocked, but=set()) == COMMON | {"why": str, "buildableStartMilliseconds": int}
    assert (blocked["blocked"], blocked["buildable"]) == (True, False)
    assert "#1" in blocked["why"]
    jenkins.post(f"{first}/stop")
    second = jenkins.started(job, blocked["id"])
    left = jenkins.item(blocked["id"])
    jenkins.post(f"{second}/stop")
    assert left["_class"] == f"{QUEUE}$LeftItem"
    assert kinds_of(left, but={"why"}) == COMMON | {"cancelled": bool, "executable": dict}
    assert (left["cancelled"], left["why"], left["id"]) == (False, None, blocked["id"])
    assert left["executable"]["_class"] == "hudson.model.FreeStyleBuild"
    assert left["executable"]["url"].endswith(f"/{second}/")
    assert jenkins.ended(second)["queueId"] == blocked["id"]


class TestCancelling:
    """cancelItem and its elders."""

    def test_204_and_then_500(self, jenkins: Controller, job: Job) -> None:
        number = jenkins.launch(job, {"PLAN": "cancelled"}, LATER)
        answer = jenkins.post(f"queue/cancelItem?id={number}")
        assert (answer.status_code, answer.content) == (204, b"")
        left = jenkins.item(number)
        assert left["_class"] == f"{QUEUE}$LeftItem"
        assert (left["cancelled"], left["executable"], left["why"]) == (True, None, None)
        assert number not in [item["id"] for item in jenkins.json("queue", "items[id]")["items"]]
        assert jenkins.post(f"queue/cancelItem?id={number}").status_code == 500

    def test_the_id_in_the_body(self, jenkins: Controller, job: Job) -> None:
        number = jenkins.launch(job, {"PLAN": "in the body"}, LATER)
        assert jenkins.post("queue/cancelItem", {"id": str(number)}).status_code == 204

    def test_what_runs_500(self, jenkins: Controller, job: Job) -> None:
        number = jenkins.launch(job, {"PLAN": "runs"})
        build = jenkins.started(job, number)
        assert jenkins.post(f"queue/cancelItem?id={number}").status_code == 500
        assert jenkins.json(build, "building")["building"] is True
        jenkins.post(f"{build}/stop")

    def test_what_never_was_404(self, jenkins: Controller) -> None:
        assert jenkins.post("queue/cancelItem?id=99999999").status_code == 404

    def test_by_get_405(self, jenkins: Controller, job: Job) -> None:
        number = jenkins.launch(job, {"PLAN": "by get"}, LATER)
        assert jenkins.get(f"queue/cancelItem?id={number}").status_code == 405
        assert jenkins.item(number)["_class"] == f"{QUEUE}$WaitingItem"

    def test_by_the_items_own_page(self, jenkins: Controller, job: Job) -> None:
        number = jenkins.launch(job, {"PLAN": "own page"}, LATER)
        assert jenkins.post(f"queue/item/{number}/cancelQueue").status_code == 204
        assert jenkins.item(number)["cancelled"] is True

    def test_by_the_job(self, jenkins: Controller) -> None:
        job = jenkins.make_job("cancels its own", freestyle(quiet_s=1000))
        number = item_id(jenkins.post(f"{job.path}/build"))
        assert jenkins.post(f"{job.path}/cancelQueue").status_code == 302
        assert jenkins.item(number)["cancelled"] is True
