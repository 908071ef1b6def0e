"""What each of the clients does, and the controller answers as they expect."""

from __future__ import annotations

import pytest

from tests.clients.conftest import JOB
from tests.clients.drivers import Driver
from tests.demo_jenkins.server import Server, freestyle

EVERY_S = 0.2
PLAIN = freestyle("true", quiet_s=0)


@pytest.mark.parametrize(
    ("plan", "result"), [("ü &+ /%", "UNSTABLE"), ("two\nlines", "UNSTABLE"), ("fails", "FAILURE")]
)
def test_launch_wait_result_and_console(client: Driver, plan: str, result: str) -> None:
    build = client.wait(client.launch(JOB, {"PLAN": plan}), EVERY_S)
    assert client.result(build) == result
    console = client.console(build)
    assert f"\nplan {plan}\n" in console
    assert console.rstrip("\n").endswith(f"\nFinished: {result}")


def test_report(client: Driver) -> None:
    build = client.wait(client.launch(JOB, {"PLAN": "with a report"}), EVERY_S)
    assert client.tests(build) == {"Cart.adds": "PASSED", "Cart.removes": "FAILED"}


def test_disable_and_enable(client: Driver) -> None:
    for is_on in (False, True):
        client.switch(JOB, is_on=is_on)
        assert client.is_on(JOB) is is_on


def test_cancel(client: Driver, server: Server) -> None:
    launched = client.launch("patient", {"PLAN": type(client).__name__})
    waiting = server.json("queue/api/json?tree=items[id]")["items"]
    assert len(waiting) == 1
    client.cancel(launched)
    assert server.json("queue/api/json?tree=items[id]")["items"] == []
    left = server.json(f"queue/item/{waiting[0]['id']}/api/json")
    assert left["cancelled"] is True


def test_list_recursively(client: Driver) -> None:
    assert client.jobs() == {JOB, "patient", "plain"}


@pytest.mark.parametrize("name", ["made", "team/made", "team/größe 1/made here"])
def test_create_run_and_delete(client: Driver, server: Server, name: str) -> None:
    client.create(name, PLAIN)
    assert name in client.jobs()
    build = client.wait(client.launch(name, {}), EVERY_S)
    assert client.result(build) == "SUCCESS"
    client.delete(name)
    path = "/".join(f"job/{part}" for part in name.split("/"))
    assert server.get(f"{path}/api/json").status_code == 404
    assert name not in client.jobs()
