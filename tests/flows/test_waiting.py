"""Why a run does not start, in a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.demo import Demo, wait_until
from tests.flows.no_entry import NoEntry, no_entry
from tests.flows.page import Page, words_of
from tests.flows.person import Person

NO_AGENT = "has the label gpu at the moment."


def still(controller: NoEntry) -> int:
    """How often it was asked, once the last sweep that was on its way has asked."""
    asked = -1
    while asked != controller.asked:
        asked = controller.asked
        time.sleep(2)  # an answer that was on its way is there long before
    return asked


def call_off(person: Person, run: Page) -> None:
    person.send(person.open(f"{run.path}abort/").form(f"{run.path}abort/"))
    assert "Cancelled" in person.settled(run).words


def test_a_job_without_an_agent_says_which_label_is_missing(tester: Person) -> None:
    run = tester.launch("qa/gpu")
    tester.wait_for(run, f"No agent of demo {NO_AGENT}")
    assert NO_AGENT in tester.open("/").words
    call_off(tester, run)


def test_it_says_the_same_where_jenkins_speaks_german(
    tester: Person, second: Callable[..., Demo]
) -> None:
    demo = second("berlin", "--language", "de")
    run = tester.launch("qa/gpu", controller="berlin")
    tester.wait_for(run, f"No agent of berlin {NO_AGENT}")
    queue = demo.get("queue/api/json").json()["items"]
    assert [" hat das Label " in item["why"] for item in queue] == [True]
    call_off(tester, run)


def test_a_launch_waits_for_a_controller_that_is_down_and_goes_out_when_it_is_back(
    tester: Person, second: Callable[..., Demo]
) -> None:
    demo = second("weekend")
    demo.stop()
    run = tester.launch("qa/regression", controller="weekend", TestPlanName="smoke")
    header = tester.wait_for(run, "This run goes out once it is back.")
    assert header.get("hx-get"), "it goes on asking"
    assert "weekend is not reachable." in words_of(header)

    demo.start()
    assert "Passed" in tester.settled(run).words


def test_a_wrong_token_is_said_and_not_tried_for_ever(
    tester: Person, second: Callable[..., Demo]
) -> None:
    demo = second("rotated")
    demo.stop()
    with no_entry(demo.port) as controller:
        run = tester.settled(tester.launch("qa/regression", controller="rotated"))
        assert words_of(run.part("run-header")).startswith("Refused smoke")
        assert "Jenkins does not accept the user and API token" in run.words

        wait_until(lambda: "lets us not in since" in words_of(tester.open("/").part("lamps")))
        asked = still(controller)
        again = tester.settled(tester.launch("qa/regression", controller="rotated"))
        assert "Refused smoke" in again.words
        time.sleep(5)  # longer than the pause between two sweeps of a controller that answers
        assert controller.asked == asked + 1
