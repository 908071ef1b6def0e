"""Parts of Runboard are killed in mid-run; the run reaches its verdict all the same."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.demo import wait_until
from tests.flows.page import words_of
from tests.flows.person import Person, whole_console
from tests.servers import Runboard


@pytest.mark.parametrize("part", ["worker", "redis", "beat", "web"])
def test_a_part_that_is_killed_comes_back_and_the_run_ends_well(
    runboard: Runboard, tester: Person, gated: str, gate: Path, part: str
) -> None:
    run = tester.launch(gated, TestPlanName=f"without-{part}", GATE=str(gate))
    tester.wait_for(run, "Running")
    pid = runboard.pids()[part]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: runboard.pids()[part] not in (0, pid))
    tester.wait_until_web_answers()
    gate.touch()

    run = tester.settled(run)
    assert words_of(run.part("run-header")).startswith(f"Passed without-{part}")
    console = whole_console(tester, run)
    ticks = [line for line in console if line.startswith("tick")]
    assert ticks == [f"tick {number}" for number in range(1, len(ticks) + 1)]
    assert "the gate is open" in console
