"""The history: paged by id, filtered by the address."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.runs.models import Run
from dashboard.runs.states import RunState, Verdict
from tests.factories import make_controller, make_job, make_run, make_user, signed_in
from tests.launching.test_forms import definition

pytestmark = pytest.mark.django_db
HISTORY = "/history/"
HTMX = {"HX-Request": "true"}
RESTORE = HTMX | {"HX-History-Restore-Request": "true"}


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def runs_in(page: str) -> list[int]:
    """The runs of the table, in its order."""
    return [int(pk) for pk in re.findall(r'<td class="clip"><a href="/runs/(\d+)/"', page)]


def make_passed(**fields) -> Run:
    fields = {"build_result": "SUCCESS", "verdict": Verdict.PASSED} | fields
    return make_run(state=RunState.FINISHED, **fields)


def test_runs_stand_newest_first_with_what_is_known_of_them():
    job = make_job(make_controller(name="eu"), full_name="qa/regression")
    first = make_passed(job=job, plan="smoke", tests_total=412, tests_failed=3, tests_skipped=1)
    given = {
        "TestPlanName": "flaky",
        "NoOfReruns": "2",
        "Environment": "staging",
        "RUNBOARD_ID": "x",
    }
    second = make_run(job, make_user(username="ana"), plan="flaky", parameters=given)
    page = text_of(signed_in().get(HISTORY))
    assert runs_in(page) == [second.pk, first.pk]
    for words in ("qa/regression", "eu", "ana", "Environment=staging", "408 of 412", "Passed"):
        assert words in page
    assert "RUNBOARD_ID" not in page


def test_parameters_say_only_what_differs_from_the_jobs_defaults():
    usual = [
        definition("Environment", "Choice", "", ["staging", "preprod"]),
        definition("Verbose", "Boolean", False),
        definition("Notes", "Text", "none"),
        definition("NoOfReruns", default="1"),
    ]
    given = {"Environment": "staging", "Verbose": "false", "Notes": "none", "NoOfReruns": "1"}
    job = make_job(parameters=usual)
    make_run(job, parameters=given)
    make_run(job, parameters=given | {"Environment": "preprod", "Notes": ""})
    make_run(job, parameters=given | {"NoOfReruns": "0", "TestPlanName": "flaky"})
    page = text_of(signed_in().get(HISTORY))
    cells = re.findall(r'<td class="clip rb-params[^>]*>([^<]*)<', page)
    assert cells == ["NoOfReruns=0", "Environment=preprod, Notes=", ""]


def test_pages_go_by_id_and_htmx_gets_the_table_alone():
    job, owner = make_job(), make_user()
    runs = [make_run(job, owner, state=RunState.CANCELLED).pk for _ in range(52)]
    client = signed_in()
    page = text_of(client.get(HISTORY))
    assert runs_in(page) == runs[:1:-1]
    [before] = set(re.findall(r"\?before=(\d+)", page))
    older = client.get(HISTORY, {"before": before}, headers=HTMX)
    fragment = text_of(older)
    assert runs_in(fragment) == [runs[1], runs[0]]
    assert "<html" not in fragment
    assert {"HX-Request", "HX-History-Restore-Request"} <= set(older["Vary"].split(", "))
    assert "<html" in text_of(client.get(HISTORY, {"before": before}, headers=RESTORE))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"plan": "smoke"}, [1, 0]),
        ({"plan": "smo"}, []),
        ({"plan": " smoke "}, [1, 0]),
        ({"verdict": "passed"}, [0]),
        ({"plan": "smoke", "verdict": "tests_failed"}, [1]),
        ({"mine": "true"}, [2]),
        ({"mine": "false"}, [2, 1, 0]),
        ({"plan": "smoke", "mine": "true"}, []),
    ],
)
def test_filters_are_in_the_address(query, expected):
    me = make_user()
    runs = [
        make_passed(plan="smoke"),
        make_passed(plan="smoke", verdict=Verdict.TESTS_FAILED, tests_failed=2),
        make_run(plan="flaky", owner=me),
    ]
    page = text_of(signed_in(user=me).get(HISTORY, query))
    assert runs_in(page) == [runs[index].pk for index in expected]


def test_the_runs_of_one_job():
    run, _other = make_run(), make_run()
    page = text_of(signed_in().get(HISTORY, {"job": run.job_id}))
    assert runs_in(page) == [run.pk]
    assert f"{run.job}" in page


def test_filters_in_use_are_shown_and_taken_away_one_by_one():
    query = {"plan": "a & b", "verdict": "broke", "mine": "true", "before": "9"}
    page = text_of(signed_in().get(HISTORY, query))
    assert 'href="?verdict=broke&amp;mine=true" aria-label="Remove plan a &amp; b"' in page
    assert 'href="?plan=a+%26+b&amp;mine=true" aria-label="Remove verdict Broke"' in page


@pytest.mark.parametrize(
    "query",
    [
        {"verdict": "nonsense"},
        {"job": "x"},
        {"job": "999999"},
        {"before": "x"},
        {"before": "9" * 40},
    ],
)
def test_bad_filters_are_told_and_not_applied(query):
    make_run()
    page = text_of(signed_in().get(HISTORY, query))
    assert ("is not applied" in page) == ("before" not in query)


def test_plans_are_offered_as_one_types():
    make_run(plan="payments <b>")
    assert '<option value="payments &lt;b&gt;">' in text_of(signed_in().get(HISTORY))


def test_an_empty_history_says_what_to_do_next():
    client = signed_in()
    assert "Nothing has run yet" in text_of(client.get(HISTORY))
    make_run()
    assert "No run matches these filters" in text_of(client.get(HISTORY, {"plan": "nope"}))
    past_the_end = text_of(client.get(HISTORY, {"before": "1"}))
    assert "No older runs" in past_the_end
    assert "newest first" not in past_the_end


def test_fifty_runs_take_as_many_queries_as_one():
    client = signed_in()
    make_run()
    client.get(HISTORY)
    with CaptureQueriesContext(connection) as few:
        client.get(HISTORY)
    for _ in range(40):
        make_passed(tests_total=3)
    with CaptureQueriesContext(connection) as many:
        assert len(runs_in(text_of(client.get(HISTORY)))) == 41
    assert len(many) == len(few)


def test_runs_of_a_controller_one_may_not_see_are_not_there():
    hidden = make_run(make_job(make_controller(is_enabled=False), full_name="qa/hidden"))
    page = text_of(signed_in().get(HISTORY))
    assert runs_in(page) == []
    assert "qa/hidden" not in text_of(signed_in().get(HISTORY, {"job": hidden.job_id}))


def test_signed_out_one_signs_in_and_a_fragment_is_refused():
    assert Client().get(HISTORY).status_code == 302
    assert Client().get(HISTORY, headers=HTMX).status_code == 403
