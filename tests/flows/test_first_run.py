"""From signing in to a verdict in the history."""

from __future__ import annotations

from tests.demo import Remote
from tests.flows.page import words_of
from tests.flows.person import Person, run_number
from tests.servers import Runboard


def test_a_plan_is_launched_watched_and_kept(runboard: Runboard, jenkins: Remote) -> None:
    with Person(runboard.url) as person:
        board = person.sign_in("tester", runboard.password)
        assert board.find(".//h1").text == "Board"

        run = person.launch("ticking", TestPlanName="first")
        states = [words_of(person.wait_for(run, "Running"))]
        pages = list(person.console_of(run))
        run = person.settled(run)

        counts = {len(lines) for lines in pages[:-1]}
        assert len(counts) >= 3, counts
        assert "step 12 of 12" in pages[-1]
        assert "Passed" in words_of(run.part("run-header")), states
        assert "step 12 of 12" in run.words
        history = person.open("/history/")
        assert f"Passed first {run_number(run)}" in history.words
