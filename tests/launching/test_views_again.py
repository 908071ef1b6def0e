"""Run again: at once where nothing has to be typed anew, else by the filled form."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.people.models import Role
from dashboard.runs.comparing import Difference, differences
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.factories import make_controller, make_job, make_run, make_user, signed_in
from tests.launching.test_forms import definition
from tests.launching.test_views_launch import text_of

pytestmark = pytest.mark.django_db
ASKED = [
    definition("TestPlanName", default="smoke"),
    definition("NoOfReruns", default="0"),
    definition("Environment", "Choice", "staging", ["staging", "preprod"]),
    definition("RUNBOARD_ID"),
]
GIVEN = {"TestPlanName": "flaky", "NoOfReruns": "2", "Environment": "preprod", "RUNBOARD_ID": "old"}


@pytest.fixture
def run():
    job = make_job(parameters=ASKED)
    return make_run(job, state=RunState.FINISHED, plan="flaky", parameters=GIVEN)


def again(run, client=None, **data):
    return (client or signed_in()).post(f"/runs/{run.pk}/again/now/", data)


def newest() -> Run:
    return Run.objects.order_by("-pk")[0]


def test_run_again_launches_the_same_at_once(run):
    owner = make_user(username="ana")
    answer = again(run, signed_in(user=owner))
    new = newest()
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{new.pk}/")
    assert (new.again_of, new.owner, new.state) == (run, owner, RunState.ACCEPTED)
    assert new.parameters == GIVEN | {"RUNBOARD_ID": str(new.uuid)}
    assert differences(new) == []


def test_two_clicks_with_one_key_are_one_run(run):
    client, key = signed_in(), str(uuid.uuid4())
    assert again(run, client, key=key)["Location"] == again(run, client, key=key)["Location"]
    assert Run.objects.count() == 2


def test_a_plain_run_is_run_again_plain():
    plain = make_run(make_job(parameters=[]), state=RunState.FINISHED, plan="", parameters=None)
    again(plain)
    assert newest().parameters is None


@pytest.mark.parametrize(
    "parameters",
    [
        [],
        ASKED[:2],
        [*ASKED[:2], definition("Environment", "Choice", "staging", ["staging"])],
    ],
)
def test_parameters_that_no_longer_fit_lead_to_the_form(run, parameters):
    run.job.parameters = parameters
    run.job.save()
    assert again(run)["Location"] == f"/runs/{run.pk}/again/"
    assert Run.objects.count() == 1


def test_a_plain_run_of_a_job_that_now_asks_leads_to_the_form(run):
    Run.objects.update(parameters=None)
    assert again(run)["Location"] == f"/runs/{run.pk}/again/"


def test_a_password_that_was_sent_leads_to_the_form_which_says_so(run):
    run.job.parameters = [*ASKED, definition("ApiKey", "Password", None)]
    run.job.save()
    Run.objects.update(secret_names=["ApiKey"])
    assert again(run)["Location"] == f"/runs/{run.pk}/again/"
    page = text_of(signed_in().get(f"/runs/{run.pk}/again/"))
    assert "Type ApiKey again." in page
    assert "<dt>ApiKey</dt><dd><del>sent</del> → <ins>the job’s default</ins></dd>" in page
    assert "put back ApiKey" not in page


def test_a_job_that_is_gone_leads_to_the_form_which_says_so(run):
    run.job.gone_at = timezone.now()
    run.job.save()
    assert again(run)["Location"] == f"/runs/{run.pk}/again/"
    assert "Jenkins no longer has this job." in text_of(signed_in().get(f"/runs/{run.pk}/again/"))


def test_an_unknown_run_has_to_be_settled_first():
    unknown = make_run(state=RunState.UNKNOWN)
    client = signed_in()
    assert again(unknown, client)["Location"] == f"/runs/{unknown.pk}/"
    form = f"/runs/{unknown.pk}/again/"
    filled = {"key": str(uuid.uuid4()), "p-TestPlanName": "smoke", "p-NoOfReruns": "0"}
    for answer in (client.get(form), client.post(form, filled)):
        assert (answer.status_code, answer["Location"]) == (303, f"/runs/{unknown.pk}/")
    assert Run.objects.count() == 1


def test_the_form_holds_what_the_run_had(run):
    page = text_of(signed_in().get(f"/runs/{run.pk}/again/"))
    assert 'value="flaky"' in page
    assert 'value="preprod" checked' in page
    assert 'data-was="preprod"' in page
    assert "rb-row-changed" not in page
    assert "RUNBOARD_ID" not in page


def test_the_form_tells_what_no_longer_fits(run):
    run.job.parameters = [
        ASKED[0],
        definition("Environment", "Choice", "staging", ["staging"]),
    ]
    run.job.save()
    page = text_of(signed_in().get(f"/runs/{run.pk}/again/"))
    assert "The job no longer asks for NoOfReruns." in page
    assert "“preprod” is no choice of Environment." in page
    assert "was <del>preprod</del>" in page
    assert page.count("rb-row-changed") == 1


def test_the_form_marks_what_was_changed_when_it_comes_back_with_an_error(run):
    changed = {"p-TestPlanName": "smoke", "p-NoOfReruns": "x", "p-Environment": "preprod"}
    answer = signed_in().post(f"/runs/{run.pk}/again/", changed | {"key": str(uuid.uuid4())})
    page = text_of(answer, 422)
    assert page.count("rb-row-changed") == 2
    assert "<del>flaky</del> → <ins>smoke</ins>" in page


def test_run_again_with_changes_launches_a_run_that_knows_what_changed(run):
    changed = {"p-TestPlanName": "flaky", "p-NoOfReruns": "0", "p-Environment": "staging"}
    answer = signed_in().post(f"/runs/{run.pk}/again/", changed | {"key": str(uuid.uuid4())})
    new = newest()
    assert answer["Location"] == f"/runs/{new.pk}/"
    assert new.again_of == run
    assert differences(new) == [
        Difference("NoOfReruns", "2", "0"),
        Difference("Environment", "preprod", "staging"),
    ]
    run.refresh_from_db()
    assert run.parameters == GIVEN


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (["Pw"], [], [Difference("Pw", "sent", "not sent")]),
        ([], ["Pw"], [Difference("Pw", "not sent", "sent")]),
        (["Pw"], ["Pw"], []),
    ],
)
def test_a_password_is_a_difference_where_one_of_two_sent_it(run, old, new, found):
    Run.objects.update(secret_names=old)
    run.refresh_from_db()
    again = make_run(run.job, parameters=run.parameters, secret_names=new, again_of=run)
    assert differences(again) == found


def test_parameters_that_came_or_went_are_differences(run):
    new = make_run(run.job, again_of=run, parameters={"TestPlanName": "flaky", "Region": "eu"})
    assert differences(new) == [
        Difference("Region", None, "eu"),
        Difference("NoOfReruns", "2", None),
        Difference("Environment", "preprod", None),
    ]
    assert differences(run) == []


def test_a_viewer_may_look_at_the_form_but_not_run_again(run):
    viewer = signed_in(Role.VIEWER)
    assert 'aria-disabled="true"' in text_of(viewer.get(f"/runs/{run.pk}/again/"))
    assert viewer.post(f"/runs/{run.pk}/again/", {}).status_code == 403
    assert again(run, viewer).status_code == 403
    assert Run.objects.count() == 1


def test_missing_hidden_and_signed_out(run):
    hidden = make_run(make_job(make_controller(is_enabled=False)))
    client = signed_in()
    for pk in (999999, hidden.pk):
        assert client.get(f"/runs/{pk}/again/").status_code == 404
        assert client.post(f"/runs/{pk}/again/now/").status_code == 404
    assert client.get(f"/runs/{run.pk}/again/now/").status_code == 405
    assert again(run, Client()).status_code == 302
    assert Run.objects.count() == 2
