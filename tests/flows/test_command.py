"""`manage.py launch`, as a pipeline runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from tests.demo import Remote
from tests.flows.page import words_of
from tests.flows.person import Person
from tests.servers import ROOT, Runboard

ENDS_WITHIN_S = 120
NAMED = ("-p", "TestPlanName=by-command", "--controller", "demo")


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "launch", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def number_of(told: str) -> str:
    """The run that a launch says it made."""
    return re.search(r"^Run (\d+): ", told)[1]


def read_until(command: subprocess.Popen[str], stream: IO[str], text: str) -> None:
    """Read lines up to one that holds ``text``; a command that does not say it is ended."""
    give_up = threading.Timer(ENDS_WITHIN_S, command.kill)
    give_up.start()
    try:
        assert any(text in line for line in stream), f"ended without {text!r}"
    finally:
        give_up.cancel()


def launch(runboard: Runboard, *arguments: str) -> subprocess.CompletedProcess[str]:
    return runboard.manage("launch", *arguments, "--controller", "demo")


@pytest.mark.parametrize(
    ("plan", "code", "verdict"), [("smoke", 0, "Passed"), ("failing", 1, "Tests failed (5)")]
)
def test_it_streams_the_console_and_exits_by_the_verdict(
    runboard: Runboard, jenkins: Remote, plan: str, code: int, verdict: str
) -> None:
    said = launch(runboard, "qa/regression", "-p", f"TestPlanName={plan}", "--follow")
    assert said.returncode == code, said.stderr
    assert f"Running test plan '{plan}' on staging" in said.stdout
    assert said.stdout.rstrip().splitlines()[-1].startswith("Finished: ")
    assert verdict in said.stderr.rstrip().splitlines()[-1]


def test_it_exits_with_2_when_jenkins_refuses(runboard: Runboard, jenkins: Remote) -> None:
    jenkins.post("job/fleeting/doDelete")
    said = runboard.manage("launch", "fleeting", *NAMED, "--follow")
    assert said.returncode == 2, said.stderr
    assert "Refused. Jenkins has no job fleeting (any more)" in said.stderr


def test_it_exits_with_3_when_the_run_is_aborted(
    runboard: Runboard, jenkins: Remote, tester: Person
) -> None:
    command = start(runboard.environment, "stubborn", *NAMED, "--follow")
    path = f"/runs/{number_of(command.stderr.readline())}/"
    tester.wait_for(tester.open(path), "Running")
    tester.send(tester.open(f"{path}abort/").form(f"{path}abort/"))
    said, last = command.communicate(timeout=ENDS_WITHIN_S)
    assert command.returncode == 3, last
    assert "Finished: ABORTED" in said


def test_without_following_it_says_where_the_run_is(
    runboard: Runboard, jenkins: Remote, tester: Person
) -> None:
    said = launch(runboard, "qa/nightly", "--as", "lead")
    assert said.returncode == 0
    number = number_of(said.stderr)
    assert said.stderr.split()[-1] == f"{runboard.url}/runs/{number}/"
    assert "Lead" in words_of(tester.open(f"/runs/{number}/").part("run-header"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["qa/nothing"], "No connected controller has a job qa/nothing."),
        (["qa/regression", "-p", "NoOfReruns=eleven"], "A whole number from 0 to 10, please."),
        (["qa/regression", "-p", "Verbose=no"], "Verbose takes true or false, not 'no'."),
        (["qa/regression", "-p", "Notes=a", "-p", "Notes=b"], "Notes is given twice."),
        (["qa/regression", "-p", "Colour=red"], "qa/regression has no parameter Colour."),
        (["qa/regression", "--as", "viewer"], "Viewer may not launch"),
        (["qa/regression", "--key", "not-a-uuid"], "invalid UUID value"),
        (
            ["qa/regression", "-p", "TestPlanName=caf\udce9"],
            "'TestPlanName=caf\\udce9' is not text",
        ),
    ],
)
def test_what_it_cannot_take_exits_with_2(
    runboard: Runboard, jenkins: Remote, arguments: list[str], sentence: str
) -> None:
    said = launch(runboard, *arguments)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(("command", "code"), [("launch", 2), ("connect", 1), ("shell", 1)])
def test_a_folder_without_state_is_named_and_stays_as_it_is(
    tmp_path: Path, command: str, code: int
) -> None:
    nowhere = tmp_path / "nowhere"
    for folder in (nowhere, tmp_path):
        said = subprocess.run(
            [sys.executable, "manage.py", command, "check"],  # a job may be called so
            cwd=ROOT,
            env=os.environ | {"RUNBOARD_STATE": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        sentence = f"There is no Runboard state in {folder}: is RUNBOARD_STATE right?\n"
        assert (said.returncode, said.stderr) == (code, sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "variable",
    [{"DATABASE_URL": "sqlite://:memory:"}, {"NOT_AFTER_S": "soon"}],
    ids=["no tables", "settings"],
)
def test_what_nobody_foresaw_is_no_verdict(
    without_worker: dict[str, str], variable: dict[str, str]
) -> None:
    environment = without_worker | variable
    command = start(environment, "qa/regression")
    _, last = command.communicate(timeout=ENDS_WITHIN_S)
    assert (command.returncode, "Traceback" in last) == (os.EX_SOFTWARE, True), last


def test_the_same_key_leads_to_the_same_run(runboard: Runboard, jenkins: Remote) -> None:
    key = str(uuid.uuid4())
    first, second = (runboard.manage("launch", "short", *NAMED, "--key", key) for _ in "12")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stderr == second.stderr


def test_a_key_of_another_launch_is_refused(runboard: Runboard, jenkins: Remote) -> None:
    key = str(uuid.uuid4())
    first = runboard.manage("launch", "short", *NAMED, "--key", key)
    other = launch(runboard, "qa/regression", "-p", "TestPlanName=other", "--key", key)
    assert other.returncode == 2
    assert f"Run {number_of(first.stderr)} was launched with this key" in other.stderr


def test_ctrl_c_leaves_the_run_going(
    runboard: Runboard, tester: Person, gated: str, gate: Path
) -> None:
    command = start(runboard.environment, gated, *NAMED, "-p", f"GATE={gate}", "--follow")
    number = number_of(command.stderr.readline())
    read_until(command, command.stdout, "tick 1")
    command.send_signal(signal.SIGINT)
    _, last = command.communicate(timeout=ENDS_WITHIN_S)
    assert command.returncode == 130
    assert f"Run {number} goes on; nothing was stopped." in last
    gate.touch()
    assert "Passed" in tester.settled(tester.open(f"/runs/{number}/")).words


@pytest.fixture
def without_worker(runboard: Runboard, jenkins: Remote, tmp_path: Path) -> dict[str, str]:
    """The environment of a Runboard with people and a controller, in which nothing runs."""
    environment = os.environ | {"RUNBOARD_STATE": str(tmp_path)}
    alone = replace(runboard, state=tmp_path, environment=environment)
    assert alone.manage("migrate").returncode == 0
    people = "from config.demo.first_start import make_people; make_people()"
    assert alone.manage("shell", "-c", people).returncode == 0
    alone.connect("demo", jenkins.url, jenkins.user, jenkins.token)
    return alone.environment


def test_without_following_it_says_so_too_and_the_run_is_kept(
    without_worker: dict[str, str],
) -> None:
    command = start(without_worker, "qa/nightly")
    _, said = command.communicate(timeout=ENDS_WITHIN_S)
    assert command.returncode == 0
    assert number_of(said)
    assert "No worker answers. The run is kept, and goes out as soon as one does." in said


def test_it_says_so_when_no_worker_answers(without_worker: dict[str, str]) -> None:
    command = start(without_worker, "qa/nightly", "--follow")
    read_until(command, command.stderr, "No worker answers.")
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=ENDS_WITHIN_S)
    assert command.returncode == 130
