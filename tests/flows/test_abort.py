"""Ending a run before its time."""

from __future__ import annotations

import re
from collections.abc import Callable

import psutil

from tests.demo import wait_until
from tests.flows.page import words_of
from tests.flows.person import Person


def test_an_abort_ends_the_process_on_the_controller_deaf_to_term_as_it_is(
    tester: Person, sign_in: Callable[[str], Person]
) -> None:
    """How soon, benchmarks/abort.py tells."""
    run = tester.launch("stubborn", TestPlanName="endless")
    tester.wait_for(run, "Running")
    said = next(text for lines in tester.console_of(run) if "its pid" in (text := str(lines)))
    pid = int(re.search(r"its pid is (\d+)", said)[1])
    assert psutil.pid_exists(pid)
    lead = sign_in("lead")
    question = lead.open(f"{run.path}abort/")
    assert "It is Tester’s run." in question.words
    lead.send(question.form(f"{run.path}abort/").fill({"why": "it <b>hangs"}))
    wait_until(lambda: not psutil.pid_exists(pid))

    run = tester.settled(run)
    header = words_of(run.part("run-header"))
    assert header.startswith("Aborted endless")
    assert "aborted by Lead: it <b>hangs" in header
    assert "Lead asked to abort because: it <b>hangs." in tester.open(f"{run.path}timeline/").words


def test_a_run_that_has_ended_is_not_aborted(tester: Person) -> None:
    run = tester.settled(tester.launch("hostile-console", TestPlanName="short"))
    page = tester.open(f"{run.path}abort/")
    assert "This run has ended, there is nothing to abort." in page.words
