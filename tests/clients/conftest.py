"""A demo controller for all clients, and each client on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from tests.clients.drivers import DRIVERS, Driver
from tests.demo_jenkins.server import Server, freestyle, string_parameter

JOB = "team/größe 1/suite"  # in folders, with what must be encoded
REPORT = (
    '<testsuite name="s"><testcase classname="Cart" name="adds"/>'
    '<testcase classname="Cart" name="removes"><failure message="no"/></testcase></testsuite>'
)
COMMAND = f"""set +x
echo "plan $PLAN"
[ "$PLAN" != fails ] || exit 1
echo '{REPORT}' > report.xml
"""
SUITE = freestyle(COMMAND, string_parameter("PLAN", "smoke"), junit="report.xml", quiet_s=0)
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A controller with a job two folders deep, and one with a quiet period nobody waits for."""
    server = Server(tmp_path_factory.mktemp("clients") / "home", "--executors", "4").start()
    server.post("createItem", {"name": "team", "mode": FOLDER})
    server.post("job/team/createItem", {"name": "größe 1", "mode": FOLDER})
    server.make_job("suite", SUITE, "job/team/job/größe 1/")
    server.make_job("patient", freestyle("true", "PLAN", quiet_s=1000))
    server.make_job("plain", freestyle("true", quiet_s=0))
    yield server
    server.stop()


@pytest.fixture(params=DRIVERS)
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[Driver]:
    """Each client in turn."""
    driver = DRIVERS[request.param](server.url, server.user, server.token)
    yield cast(Driver, driver)
    driver.close()
