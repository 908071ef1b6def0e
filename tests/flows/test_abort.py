"""Ending a run before its time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import psutil

from tests.demo import wait_until
from tests.flows.page import Page, words_of
from tests.flows.person import Person


def launch_stubborn(tester: Person) -> tuple[Page, int]:
    """A run that goes on, deaf to TERM, and the id of its process."""
    run = tester.launch("stubborn", TestPlanName="endless")
    tester.wait_for(run, "Running")
    said = next(text for lines in tester.console_of(run) if "its pid" in (text := str(lines)))
    pid = int(re.search(r"its pid is (\d+)", said)[1])
    assert psutil.pid_exists(pid)
    return run, pid


def test_an_abort_ends_the_process_on_the_controller(
    tester: Person, sign_in: Callable[[str], Person]
) -> None:
    run, pid = launch_stubborn(tester)
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


def test_an_abort_ends_it_within_two_seconds(tester: Person) -> None:
    def abort_one() -> float:
        """Seconds from the click to the end of the process."""
        run, pid = launch_stubborn(tester)
        form = tester.open(f"{run.path}abort/").form(f"{run.path}abort/")
        clicked_at = time.monotonic()
        tester.send(form)
        wait_until(lambda: not psutil.pid_exists(pid))
        took_s = time.monotonic() - clicked_at
        tester.settled(run)
        return took_s

    wait_until(lambda: abort_one() < 2)  # where the machine is busy, not the first one


def test_a_run_that_has_ended_is_not_aborted(tester: Person) -> None:
    run = tester.settled(tester.launch("hostile-console", TestPlanName="short"))
    page = tester.open(f"{run.path}abort/")
    assert "This run has ended, there is nothing to abort." in page.words
