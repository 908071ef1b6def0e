"""`make demo`: what it refuses, what it keeps, and that nothing outlives it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.demo import first_start
from dashboard.people.models import Role, User
from tests.servers import ROOT, Runboard, demo_on, free_ports, processes_of

COUNT_RUNS = "from dashboard.runs.models import Run; print(Run.objects.count())"


def start_in_vain(stack_environment: dict[str, str], checkout: Path = ROOT) -> str:
    """Start a demo that cannot start; what it says."""
    said = subprocess.run(
        [sys.executable, "-m", "config.demo"],
        cwd=checkout,
        env=stack_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 1, said.stdout + said.stderr
    return said.stderr


def test_a_second_demo_on_the_same_state_is_refused(runboard: Runboard) -> None:
    assert f"already runs on {runboard.state}" in start_in_vain(runboard.environment)
    assert set(runboard.pids()) == {"redis", "jenkins", "worker", "beat", "web"}


@pytest.mark.parametrize("name", ["RUNBOARD_PORT", "JENKINS_PORT"])
def test_a_taken_port_is_named_before_anything_starts(name: str, tmp_path: Path) -> None:
    ports = dict(zip(("RUNBOARD_PORT", "JENKINS_PORT"), map(str, free_ports(2)), strict=True))
    with socket.create_server(("127.0.0.1", int(ports[name]))):
        said = start_in_vain({"PATH": "", "RUNBOARD_STATE": str(tmp_path)} | ports)
    assert name in said
    assert ports[name] in said
    assert not (tmp_path / "runboard.sqlite3").exists()


@pytest.mark.parametrize("port", ["http", "80430", "0", "-1"])
def test_a_value_that_is_no_port_is_named(port: str, tmp_path: Path) -> None:
    said = start_in_vain({"RUNBOARD_STATE": str(tmp_path), "RUNBOARD_PORT": port})
    assert "RUNBOARD_PORT" in said
    assert "taken" not in said
    assert "Traceback" not in said


def test_two_servers_on_one_port_are_refused(tmp_path: Path) -> None:
    port = str(free_ports(1)[0])
    ports = {"RUNBOARD_PORT": port, "JENKINS_PORT": port}
    said = start_in_vain({"RUNBOARD_STATE": str(tmp_path)} | ports)
    assert said == f"RUNBOARD_PORT and JENKINS_PORT are both {port}: each needs its own.\n"


def test_missing_front_end_packages_are_told_in_a_sentence(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "config", checkout / "config")
    for name in ("dashboard", "jenkins_api"):
        (checkout / name).symlink_to(ROOT / name)
    ports = dict(zip(("RUNBOARD_PORT", "JENKINS_PORT"), map(str, free_ports(2)), strict=True))
    stamp = checkout / ".venv/ready"
    stamp.parent.mkdir()
    stamp.touch()
    said = start_in_vain({"RUNBOARD_STATE": str(tmp_path / "state")} | ports, checkout)
    assert said.startswith("The front-end packages in node_modules are not whole (")
    assert "Traceback" not in said
    assert not stamp.exists(), "the next make demo installs them"


def test_ctrl_c_ends_running_builds_too_and_the_next_demo_keeps_history(tmp_path: Path) -> None:
    state = tmp_path / "100% mine"  # paths of any kind, also where % has a meaning
    with demo_on(state) as first:
        wait_until(lambda: count_runs(first) == len(first_start.RUNS))
        wait_until(lambda: processes_of(state / "jenkins"))  # builds work there
        first.demo.send_signal(signal.SIGINT)
        first.demo.wait(timeout=60)
        assert processes_of(state) == []
    with demo_on(state) as second:
        assert second.password == first.password
        assert count_runs(second) == len(first_start.RUNS)


def wait_until(is_so: Callable[[], object]) -> None:
    """Ask until it is so; fail after a minute."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def count_runs(stack: Runboard) -> int:
    """How many runs its history has."""
    return int(stack.manage("shell", "--no-imports", "-c", COUNT_RUNS).stdout)


@pytest.mark.django_db
def test_demo_people_have_one_password_until_another_is_given(settings) -> None:
    made = first_start.make_people()
    assert first_start.make_people() == made
    assert User.objects.get(username="lead").role == Role.LEAD
    assert User.objects.get(username="viewer").check_password(made)
    assert first_start.PASSWORD_FILE.stat().st_mode & 0o077 == 0

    given = "a new one"
    settings.DEMO_PASSWORD = given
    assert first_start.make_people() == given
    settings.DEMO_PASSWORD = ""
    assert first_start.make_people() == given
    assert User.objects.get(username="viewer").check_password(given)
