"""One demo holds a state folder: against a second start, against removal, and however it ends."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.demo.state import IsHeld, alone, hold, lock_file
from tests.demo import wait_until
from tests.servers import ROOT, Runboard, demo_on, free_ports, processes_of


def make(target: str, state: Path | str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Type `make` on a state folder, everything being set up."""
    told = ["--old-file=.venv/ready", f"PYTHON={sys.executable}", target]
    return subprocess.run(
        ["make", *told],  # noqa: S607  where it lies differs from machine to machine
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "RUNBOARD_STATE": str(state), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def supervisor_of(stack: Runboard) -> int:
    """Its pid, as `make demo-status` tells it."""
    told = make("demo-status", stack.state).stdout
    found = re.search(r"supervisor (\d+), at http", told)
    assert found, told
    return int(found[1])


def has_ended(state: Path) -> bool:
    """Nothing of a demo is left; its Redis hides its environment and works in a folder apart."""
    return not processes_of(state)


def test_of_two_starts_at_once_one_runs_and_the_other_names_it(tmp_path: Path) -> None:
    ports = dict(zip(("RUNBOARD_PORT", "JENKINS_PORT"), map(str, free_ports(2)), strict=True))
    starts = [
        subprocess.Popen(
            [sys.executable, "-m", "config.demo", "--no-runs"],
            cwd=ROOT,
            env=os.environ | {"RUNBOARD_STATE": str(tmp_path)} | ports,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        wait_until(lambda: any(start.poll() is not None for start in starts))
        refused, runs = sorted(starts, key=lambda start: start.poll() is None)
        _, said = refused.communicate()
        assert refused.returncode == 1
        assert said.startswith(f"A demo already runs on {tmp_path}, or is just stopping: process ")
        assert f"process {runs.pid}" in said
        assert any(line.startswith("Runboard is ready") for line in runs.stdout or ())
    finally:
        for start in starts:
            start.terminate()
            start.communicate(timeout=60)
    assert has_ended(tmp_path)


def test_who_comes_in_the_moment_of_a_start_reads_whose_it_is(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool, lock_file(tmp_path).open("a+") as lock:
        with alone(tmp_path):
            fcntl.flock(lock, fcntl.LOCK_EX)
            late = pool.submit(hold, tmp_path)
            with pytest.raises(TimeoutError):
                late.result(timeout=0.5)
            lock.write("process 1")
            lock.flush()
        with pytest.raises(IsHeld, match=r"stopping: process 1\. Stop"):
            late.result()


def test_a_demo_whose_starter_is_killed_stops_and_holds_its_state_until_then(
    tmp_path: Path,
) -> None:
    with demo_on(tmp_path, "--no-runs") as stack:
        assert stack.demo
        supervisor = supervisor_of(stack)
        os.kill(supervisor, signal.SIGSTOP)  # it stops its processes as slowly as we like
        stack.demo.kill()
        stack.demo.wait()
        for target in ("demo", "clean-demo"):
            said = make(target, tmp_path).stderr
            assert f"already runs on {tmp_path}, or is just stopping" in said
            assert f"supervisor {supervisor}, at {stack.url}/" in said
        assert (tmp_path / "runboard.sqlite3").exists()
        os.kill(supervisor, signal.SIGCONT)
        wait_until(lambda: has_ended(tmp_path))
        assert make("clean-demo", tmp_path).stdout == f"Removed {tmp_path}.\n"
        assert not tmp_path.exists()


def test_a_demo_whose_supervisor_is_killed_stops_with_its_builds(tmp_path: Path) -> None:
    with demo_on(tmp_path) as stack:
        wait_until(lambda: processes_of(tmp_path / "jenkins"))  # builds work there
        os.kill(supervisor_of(stack), signal.SIGKILL)
        wait_until(lambda: has_ended(tmp_path))


@pytest.mark.parametrize("variables", [{}, {"RUNBOARD_PORT": "http"}])
def test_the_state_of_a_running_demo_is_not_removed(
    variables: dict[str, str], runboard: Runboard
) -> None:
    said = make("clean-demo", runboard.state, **variables)
    assert said.returncode != 0
    assert f"already runs on {runboard.state}" in said.stderr
    assert (runboard.state / "keys" / "secret_key").exists()


def test_a_state_folder_below_home_is_removed(tmp_path: Path) -> None:
    (tmp_path / "demo" / "keys").mkdir(parents=True)
    said = make("clean-demo", "~/demo", HOME=str(tmp_path))
    assert said.stdout == f"Removed {tmp_path / 'demo'}.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_state_of_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    said = make("clean-demo", tmp_path)
    assert said.stdout == f"There is no state of Runboard in {tmp_path}.\n"
    assert (tmp_path / "thesis.tex").exists()
