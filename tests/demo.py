"""A demo controller of the test's own: a real process on a free port, with helpers to set it up.

`connected` also makes the row for it and reads its catalogue.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import requests

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller, Job
from dashboard.launching.submitting import submit_run
from dashboard.results.collecting import collect
from dashboard.runs import reading, sweeping
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.factories import make_controller

STARTS_WITHIN_S = 120
ENDS_WITHIN_S = 300


class Remote:
    """A demo controller that runs: ask it, make jobs in it, let something go wrong."""

    def __init__(self, url: str, user: str, token: str) -> None:
        self.url, self.user, self.token = url, user, token

    def post(self, path: str, **options: object) -> requests.Response:
        auth = (self.user, self.token)
        answer = requests.post(
            f"{self.url}{path}", auth=auth, timeout=10, allow_redirects=False, **options
        )
        assert answer.status_code < 400, answer.text
        return answer

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", auth=(self.user, self.token), timeout=10)

    def fault(self, kind: str, **options: object) -> None:
        self.post("demo/fault", data={"kind": kind, **options})

    def make_job(
        self, name: str, shell: str, *, parameters: tuple[str, ...] = (), junit="", more=""
    ) -> None:
        """A freestyle job at the root that runs ``shell``; string parameters without default.

        ``more``: elements of its configuration beside these.
        """
        defined = "".join(
            f"<hudson.model.StringParameterDefinition><name>{escape(p)}</name><defaultValue/>"
            "</hudson.model.StringParameterDefinition>"
            for p in parameters
        )
        properties = (
            "<hudson.model.ParametersDefinitionProperty><parameterDefinitions>"
            f"{defined}</parameterDefinitions></hudson.model.ParametersDefinitionProperty>"
            if parameters
            else ""
        )
        publisher = (
            f"<hudson.tasks.junit.JUnitResultArchiver><testResults>{junit}</testResults>"
            "</hudson.tasks.junit.JUnitResultArchiver>"
            if junit
            else ""
        )
        xml = (
            "<project><concurrentBuild>true</concurrentBuild>"
            f"<properties>{properties}</properties><builders><hudson.tasks.Shell>"
            f"<command>{escape(shell)}</command></hudson.tasks.Shell></builders>"
            f"<publishers>{publisher}</publishers>{more}</project>"
        )
        headers = {"Content-Type": "application/xml"}
        self.post("createItem", params={"name": name}, data=xml.encode(), headers=headers)


class Demo(Remote):
    """`python -m demo_jenkins` with a home of its own; restartable on the same port."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home, self.options = home, options
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        ready = self.home.with_suffix(".ready")
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "demo_jenkins", "--seed", *self.options]
        command += ["--port", str(self.port), "--home", str(self.home), "--ready-file", str(ready)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_until(ready.exists, within_s=STARTS_WITHIN_S)
        told = json.loads(ready.read_text())
        self.url, self.user, self.token = told["url"], told["user"], told["token"]
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None


def wait_until(holds, within_s: float = ENDS_WITHIN_S) -> None:
    """Wait for a condition of another process; fails after a generous time."""
    give_up_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < give_up_at, f"still not so after {within_s} s"
        time.sleep(0.05)


def job_of(controller: Controller, full_name: str) -> Job:
    return controller.jobs.get(full_name=full_name)


def sweep_once(controller: Controller) -> None:
    """What the tick does once a second, now."""
    Controller.objects.filter(pk=controller.pk).update(sweep_due_at=controller.created_at)
    sweeping.sweep(controller.pk)


def follow(run: Run, *states: RunState) -> Run:
    """Sweep until ``run`` is in one of ``states``."""

    def is_there() -> bool:
        sweep_once(run.controller)
        run.refresh_from_db()
        return run.state in states

    wait_until(is_there)
    return run


def submit(run: Run) -> Run:
    submit_run(run.pk)
    run.refresh_from_db()
    return run


def conclude(run: Run) -> Run:
    """Follow ``run`` to its end, read its console and its tests."""
    follow(run, RunState.FINISHED)
    reading.read_rest_of_console(run.pk)
    collect(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """One demo controller for all tests of a process; it must be left idle and unfaulted."""
    demo = Demo(tmp_path_factory.mktemp("demo") / "home")
    demo.start()
    yield demo
    demo.stop()


@pytest.fixture
def own_demo(tmp_path):
    """A demo controller for one test, which may stop and restart it."""
    demo = Demo(tmp_path / "home")
    demo.start()
    yield demo
    demo.stop()


def connect(demo: Demo) -> Controller:
    controller = make_controller(url=demo.url, user=demo.user, token=demo.token)
    sync_catalogue(controller)
    return controller


@pytest.fixture
def connected(demo, db) -> Controller:
    return connect(demo)
