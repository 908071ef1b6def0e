"""The history and its filters, running again, and what a signed-out page is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flows.page import words_of
from tests.flows.person import Person, run_number


@pytest.fixture(scope="module")
def ended(tester: Person, sign_in: Callable[[str], Person]) -> dict[str, int]:
    """A run that passed and one that failed, of two people: their numbers."""
    lead = sign_in("lead")
    passed = tester.launch("hostile-console", TestPlanName="mine-passed")
    failed = lead.launch("hostile-report", TestPlanName="theirs-failed")
    return {
        "passed": run_number(tester.settled(passed)),
        "failed": run_number(lead.settled(failed)),
    }


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("plan=mine-passed", {"passed"}),
        ("plan=theirs-failed", {"failed"}),
        ("plan=nobody", set()),
        ("verdict=tests_failed&plan=theirs-failed", {"failed"}),
        ("verdict=passed&plan=theirs-failed", set()),
        ("mine=true", {"passed"}),
        ("", {"passed", "failed"}),
    ],
)
def test_filters_show_what_passes_them(
    tester: Person, ended: dict[str, int], query: str, shown: set[str]
) -> None:
    page = tester.open(f"/history/?{query}")
    paths = {link.get("href") for link in page.root.iter("a")}
    assert {name for name, number in ended.items() if f"/runs/{number}/" in paths} == shown


def test_signed_out_a_poll_reloads_its_page(tester: Person, ended: dict[str, int]) -> None:
    stranger = Person(tester.url)
    with stranger:
        answer = stranger.get(f"/runs/{ended['passed']}/header/", **{"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Refresh"]) == (403, "true")
        page = stranger.open(f"/runs/{ended['passed']}/")
        assert page.path == "/sign-in/"
        assert page.form().fields["next"] == f"/runs/{ended['passed']}/"


def test_running_again_repeats_the_parameters(tester: Person, ended: dict[str, int]) -> None:
    old = tester.open(f"/runs/{ended['passed']}/")
    run = tester.send(old.form(f"{old.path}again/now/"))
    assert f"Run again of {ended['passed']}" in words_of(run.part("run-header"))
    assert "mine-passed" in words_of(run.part("run-header"))
    assert "Passed" in tester.settled(run).words


def test_running_again_with_changes_marks_them(tester: Person, ended: dict[str, int]) -> None:
    form = tester.open(f"/runs/{ended['passed']}/again/").form()
    assert form.fields["p-TestPlanName"] == "mine-passed"
    run = tester.send(form.fill({"p-TestPlanName": "changed"}))
    header = words_of(run.part("run-header"))
    assert f"Run again of {ended['passed']} , TestPlanName mine-passed → changed" in header
    assert "Passed" in tester.settled(run).words
    assert "TestPlanName differs changed mine-passed" in tester.open(f"{run.path}parameters/").words
