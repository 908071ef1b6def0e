"""What a form says of values that it cannot take; nothing typed is lost."""

from __future__ import annotations

import pytest

from tests.flows.page import Page, words_of
from tests.flows.person import Person

TYPED = {"p-TestPlanName": "smoke", "p-Notes": "two\nlines", "p-Environment": "preprod"}


def send_wrong(tester: Person, values: dict[str, str]) -> Page:
    form = tester.form_of("qa/regression").form()
    return tester.send(form.fill(TYPED | values), status=422)


@pytest.mark.parametrize("reruns", ["eleven", "11", "-1", "1.5", ""])
def test_reruns_are_whole_numbers_from_0_to_10(tester: Person, reruns: str) -> None:
    page = send_wrong(tester, {"p-NoOfReruns": reruns})
    field = page.find(".//input[@name='p-NoOfReruns']")
    assert field.get("aria-invalid") == "true"
    said = page.part(field.get("aria-describedby", ""))
    assert words_of(said) == "A whole number from 0 to 10, please."
    typed = page.form().fields
    assert {name: typed[name] for name in TYPED} == TYPED
    assert typed["p-NoOfReruns"] == reruns


def test_a_choice_that_the_job_does_not_offer_is_named(tester: Person) -> None:
    page = send_wrong(tester, {"p-Environment": "moon"})
    assert "“moon” is not a choice of this job" in page.words
    assert page.form().fields["p-Notes"] == "two\nlines"


def test_a_plan_has_to_be_named(tester: Person) -> None:
    assert "Name the test plan to run." in send_wrong(tester, {"p-TestPlanName": ""}).words
