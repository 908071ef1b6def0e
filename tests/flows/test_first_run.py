"""From signing in to a verdict in the history."""

from __future__ import annotations

from pathlib import Path

from tests.demo import Remote
from tests.flows.page import words_of
from tests.flows.person import Person, run_number
from tests.servers import Runboard


def test_a_plan_is_launched_watched_and_kept(
    runboard: Runboard, jenkins: Remote, gated: str, gate: Path
) -> None:
    with Person(runboard.url) as person:
        board = person.sign_in("tester", runboard.password)
        assert board.find(".//h1").text == "Board"

        run = person.launch(gated, TestPlanName="first", GATE=str(gate))
        person.wait_for(run, "Running")
        counts = set()
        for lines in person.console_of(run):
            counts.add(len(lines))
            if len(counts) == 3:  # it grows while the build runs, which else goes on
                gate.touch()
        assert "the gate is open" in lines

        run = person.settled(run)
        assert "Passed" in words_of(run.part("run-header"))
        assert "the gate is open" in run.words
        history = person.open("/history/")
        assert f"Passed first {run_number(run)}" in history.words
