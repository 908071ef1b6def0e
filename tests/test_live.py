"""`make live` as a person runs it, against a demo controller with less than a test needs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_jenkins.server import Server

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "config" / "live.sh"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A controller that is not of the suite's making."""
    server = Server(tmp_path / "home", "--seed").start()
    yield server
    server.stop()


def live(server: Server, rows: str) -> subprocess.CompletedProcess[str]:
    """Ask the rows whose names fit."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "JENKINS_URL": server.url,
        "JENKINS_USER": server.user,
        "JENKINS_TOKEN": server.token,
    }
    return subprocess.run(
        [SCRIPT, "-k", rows],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def names(server: Server) -> list[str]:
    """What is at the controller's root."""
    return [job["name"] for job in server.json("api/json?tree=jobs[name]")["jobs"]]


def test_what_is_lacking_is_named_and_nothing_is_left_behind(server: Server) -> None:
    run = live(server, "test_access and (Reader or Crumbs) or TestSwitching")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "\nnot supported: a password (JENKINS_PASSWORD) (" in run.stdout
    assert "\nnot supported: a reader (JENKINS_READER, JENKINS_READER_TOKEN) (" in run.stdout
    assert " passed" in run.stdout
    assert server.token not in run.stdout + run.stderr
    assert names(server) == ["qa"]


def test_nothing_is_left_behind_when_a_row_fails(server: Server) -> None:
    server.post("demo/fault", {"kind": "html", "path": "switched", "count": "1"})
    run = live(server, "TestSwitching")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "FAILED" in run.stdout
    assert names(server) == ["qa"]


def test_it_says_what_it_needs(server: Server) -> None:
    run = subprocess.run([SCRIPT], cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("usage: make live JENKINS_URL=")
