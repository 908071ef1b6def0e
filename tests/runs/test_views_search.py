"""The search in the header."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_controller, make_job, make_run, signed_in

pytestmark = pytest.mark.django_db
SEARCH = "/search/"


def found(text: str) -> str:
    answer = signed_in().get(SEARCH, {"q": text})
    assert answer.status_code == 302
    return answer["Location"]


def test_a_number_leads_to_its_run():
    run = make_run()
    assert found(f" {run.pk} ") == run.get_absolute_url()


def test_a_plan_leads_to_its_history():
    make_run(plan="check out & pay")
    assert found("check out & pay") == f"{reverse('history:list')}?plan=check+out+%26+pay"


@pytest.mark.parametrize("text", ["qa/night ly", "night ly"])
def test_a_job_is_found_by_its_full_or_its_own_name(text):
    job = make_job(full_name="qa/night ly")
    assert found(text) == reverse("launching:job", args=[job.pk])


def test_several_jobs_of_one_name_are_listed():
    make_job(full_name="qa/smoke")
    make_job(full_name="web/smoke")
    page = signed_in().get(SEARCH, {"q": "smoke"}).content.decode()
    assert "qa/smoke" in page
    assert "web/smoke" in page


@pytest.mark.parametrize("text", ["nothing", "9" * 30, "404", "<script>alert(1)</script>", "٤"])
def test_what_is_not_there_is_said(text):
    answer = signed_in().get(SEARCH, {"q": text})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing is called" in page
    assert "<script>alert(1)" not in page


def test_without_a_question_it_asks_for_one():
    assert 'name="q"' in signed_in().get(SEARCH).content.decode()


def test_what_one_may_not_see_is_not_found():
    hidden = make_job(make_controller(is_enabled=False), full_name="qa/secret")
    run = make_run(hidden, plan="hidden")
    for text in (str(run.pk), "hidden", "qa/secret"):
        assert signed_in().get(SEARCH, {"q": text}).status_code == 200


def test_signed_out():
    assert Client().get(SEARCH)["Location"].startswith(reverse("people:sign_in"))
