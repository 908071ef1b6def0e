"""The launch form: shown, filled in, sent once, and kept whatever is wrong with it."""

from __future__ import annotations

import re
import uuid
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.people.models import Role
from dashboard.runs.models import Run, RunSecrets
from tests.factories import make_controller, make_job, make_run, make_user, signed_in
from tests.launching.test_forms import definition

pytestmark = pytest.mark.django_db
FULL = [
    definition("TestPlanName", default="smoke"),
    definition("NoOfReruns", default="0"),
    definition("Environment", "Choice", "staging", ["staging", "preprod"]),
    definition("Verbose", "Boolean", False),
    definition("Notes", "Text"),
    definition("ApiKey", "Password", None, description="Key of the shop"),
    definition("data.csv", "File", None),
    definition("RUNBOARD_ID"),
    definition("RUNBOARD_USER"),
]


def text_of(answer, status=200) -> str:
    assert answer.status_code == status
    return unescape(answer.content.decode())


def answers(**changes) -> dict[str, str]:
    """What a browser sends for FULL, with a fresh key."""
    filled = {
        "key": str(uuid.uuid4()),
        "p-TestPlanName": "regression",
        "p-NoOfReruns": "2",
        "p-Environment": "preprod",
        "p-Verbose": "on",
        "p-Notes": " two\r\nlines ",
        "p-ApiKey": "s3cret",
    }
    return filled | {f"p-{name}": value for name, value in changes.items()}


@pytest.fixture
def job():
    return make_job(parameters=FULL)


def address(job) -> str:
    return f"/jobs/{job.pk}/launch/"


def test_the_form_asks_for_each_parameter_but_ours(job):
    page = text_of(signed_in().get(address(job)))
    for name in ("TestPlanName", "NoOfReruns", "Environment", "Verbose", "Notes", "ApiKey"):
        assert f'name="p-{name}"' in page
    assert "p-RUNBOARD" not in page
    assert "Runboard cannot send files yet" in page
    assert "Key of the shop<br>Kept encrypted until Jenkins has it, 24 hours at most; never" in page
    assert 'name="key"' in page


def test_a_launch_is_accepted_and_leads_to_its_run(job):
    owner = make_user(username="ana")
    answer = signed_in(user=owner).post(address(job), answers())
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{run.pk}/")
    assert run.parameters == {
        "TestPlanName": "regression",
        "NoOfReruns": "2",
        "Environment": "preprod",
        "Verbose": "true",
        "Notes": " two\nlines ",
        "RUNBOARD_ID": str(run.uuid),
        "RUNBOARD_USER": "ana",
    }
    assert (run.owner, run.plan, run.reruns, run.secret_names) == (
        owner,
        "regression",
        2,
        ["ApiKey"],
    )
    assert RunSecrets.objects.filter(run=run).exists()


def test_two_clicks_are_one_run(job):
    client, filled = signed_in(), answers()
    first, second = (client.post(address(job), filled) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1


def test_a_second_click_leads_to_the_run_also_when_the_job_is_gone_by_then(job):
    client, filled = signed_in(), answers()
    first = client.post(address(job), filled)
    type(job).objects.update(gone_at=timezone.now())
    assert client.post(address(job), filled)["Location"] == first["Location"]


def test_somebody_elses_key_is_refused(job):
    filled = answers()
    signed_in().post(address(job), filled)
    assert signed_in().post(address(job), filled).status_code == 403
    assert Run.objects.count() == 1


@pytest.mark.parametrize("changes", [{"TestPlanName": "release"}, {"ApiKey": ""}])
def test_a_sent_form_with_other_values_is_shown_again_and_can_be_launched(job, changes):
    client, filled = signed_in(), answers()
    client.post(address(job), filled)
    run, changed = Run.objects.get(), filled | {f"p-{name}": changes[name] for name in changes}
    answer = client.post(address(job), changed)
    page = text_of(answer, 422)
    assert f"This form was sent before, as run {run.pk}; what you changed is not launched" in page
    assert f'value="{changed["p-TestPlanName"]}"' in page
    assert Run.objects.count() == 1
    client.post(address(job), changed | {"key": answer.context["key"]})
    assert Run.objects.count() == 2


def test_a_key_of_another_job_launches_nothing_unseen(job):
    client, filled, other = signed_in(), answers(), make_job(parameters=FULL)
    client.post(address(job), filled)
    assert "This form was sent before" in text_of(client.post(address(other), filled), 422)


@pytest.mark.parametrize("key", ["", "nonsense", None])
def test_a_form_without_its_key_gets_a_new_one_and_launches_nothing(job, key):
    filled = answers() | {"key": key}
    if key is None:
        del filled["key"]
    answer = signed_in().post(address(job), filled)
    page = text_of(answer, 422)
    assert "press Launch again" in page
    assert "regression" in page
    assert answer.context["key"] != key
    assert not Run.objects.exists()


def test_errors_stand_at_their_field_and_nothing_typed_is_lost(job):
    wrong = answers(NoOfReruns="many", TestPlanName="", Notes="<b>kept</b>\r\n  text")
    answer = signed_in().post(address(job), wrong)
    page = text_of(answer, 422)
    assert "A whole number from 0 to 10, please." in page
    assert "Name the test plan to run." in page
    assert "3 fields need another look" in page  # the password has to be typed again
    assert 'value="many"' in page
    assert "<b>kept</b>\n  text</textarea>" in page
    assert b"<b>kept</b>" not in answer.content
    assert not Run.objects.exists()


def test_a_password_is_not_shown_again_and_the_page_says_so(job):
    page = text_of(signed_in().post(address(job), answers(NoOfReruns="x")), 422)
    assert "s3cret" not in page
    assert "Type it again: a password is not kept" in page
    assert "2 fields need another look" in page
    assert page.count(" autofocus") == 1
    assert re.search(r'name="p-NoOfReruns"[^>]* autofocus', page)


def test_nobody_is_told_that_a_password_was_kept(job):
    client = signed_in()
    type(job).objects.update(is_disabled=True)
    page = text_of(client.post(address(job), answers()), 409)
    assert "What you typed is kept, but for passwords." in page
    page = text_of(client.post(address(job), answers(ApiKey="")), 409)
    assert "What you typed is kept." in page


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"gone_at": timezone.now()}, "Jenkins no longer has this job."),
        ({"is_disabled": True}, "This job is switched off in Jenkins."),
        ({"is_buildable": False}, "Jenkins says that this job cannot be built."),
    ],
)
def test_a_job_that_went_away_under_the_form_is_told_and_keeps_what_was_typed(job, fields, reason):
    client = signed_in()
    text_of(client.get(address(job)))
    type(job).objects.update(**fields)
    page = text_of(client.post(address(job), answers()), 409)
    assert "Not launched." in page
    assert reason in page
    assert 'value="regression"' in page
    assert not Run.objects.exists()


def test_a_job_that_is_off_names_who_switched_it_off_and_why(job):
    client, ana = signed_in(), make_user(Role.ADMIN, first_name="Ana")
    type(job).objects.update(is_disabled=True)
    job.switches.create(is_on=False, why="moving house", who=ana)
    for page in (client.get(address(job)), client.post(address(job), answers())):
        said = " ".join(re.sub("<[^>]+>", "", page.content.decode()).split())
        assert re.search(r"Switched off by Ana, \d+ s ago: moving house\.", said)
    job.switches.create(is_on=True, why="back", who=ana)  # and then off in Jenkins itself
    assert "Switched off by" not in text_of(client.get(address(job)))


def test_a_choice_that_was_taken_away_meanwhile_is_an_error_at_the_field(job):
    page = text_of(signed_in().post(address(job), answers(Environment="moon")), 422)
    assert "“moon” is not a choice of this job (any more)." in page


def test_a_link_prefills_the_form_but_never_a_password(job):
    query = {"TestPlanName": "flaky", "Verbose": "true", "ApiKey": "s3cret", "Other": "x"}
    page = text_of(signed_in().get(address(job), query))
    assert 'value="flaky"' in page
    assert "checked" in page
    assert "s3cret" not in page


def test_a_link_with_a_value_that_is_no_choice_is_told(job):
    page = text_of(signed_in().get(address(job), {"Environment": "moon"}))
    assert "“moon” is no choice of Environment." in page


def test_a_plain_job_is_one_button():
    job = make_job(parameters=[])
    page = text_of(signed_in().get(address(job)))
    assert "This job asks for nothing" in page
    assert 'name="p-' not in page
    signed_in().post(address(job), {"key": str(uuid.uuid4())})
    assert Run.objects.get().parameters is None


def test_a_job_with_only_our_own_parameters_asks_for_nothing_and_still_sends_them():
    job = make_job(parameters=[definition("RUNBOARD_ID")])
    assert "This job asks for nothing" in text_of(signed_in().get(address(job)))
    signed_in().post(address(job), {"key": str(uuid.uuid4())})
    run = Run.objects.get()
    assert run.parameters == {"RUNBOARD_ID": str(run.uuid)}


def test_a_controller_that_is_away_is_told_and_can_be_launched_on():
    away = make_controller(
        name="lab", unreachable_since=timezone.now(), trouble="Connection refused."
    )
    job = make_job(away, parameters=FULL)
    page = text_of(signed_in().get(address(job)))
    assert "lab does not answer: Connection refused." in page.replace("</b>", "")
    assert signed_in().post(address(job), answers()).status_code == 303


def test_no_page_promises_that_a_launch_waits_where_our_account_is_refused():
    now = timezone.now()
    controller = make_controller(
        name="lab", unreachable_since=now, refused_since=now, trouble="Jenkins answered 401."
    )
    job = make_job(controller)
    for path in (address(job), f"/jobs/{job.pk}/"):
        page = text_of(signed_in().get(path))
        assert "lab lets us not in:</b> Jenkins answered 401. Launches as svc-qa are" in page
        assert "when it is back" not in page
        assert "until lab is back" not in page
        assert "does not answer" not in page


def test_a_viewer_sees_the_form_but_cannot_launch(job):
    viewer = signed_in(Role.VIEWER)
    page = text_of(viewer.get(address(job)))
    assert 'aria-disabled="true"' in page
    assert "ask an admin for the role tester" in page
    assert viewer.post(address(job), answers()).status_code == 403
    assert not Run.objects.exists()


def test_large_text_goes_through_the_page_unchanged(job):
    text = "é漢 \t" * 25_000
    signed_in().post(address(job), answers(Notes=text))
    assert Run.objects.get().parameters["Notes"] == text


def test_a_job_that_is_not_there_is_not_found_and_signed_out_one_signs_in(job):
    assert signed_in().get("/jobs/999999/launch/").status_code == 404
    assert signed_in().post("/jobs/999999/launch/", answers()).status_code == 404
    assert Client().get(address(job)).status_code == 302
    assert Client().post(address(job), answers()).status_code == 302
    assert not Run.objects.exists()


def test_the_launch_box_opens_a_plan_on_the_job_it_last_ran_on(job):
    make_run(plan="flaky & co")
    make_run(job, plan="flaky & co")
    make_run(plan="flaky & co", job=make_job(gone_at=timezone.now()))
    answer = signed_in().get("/launch/", {"plan": "flaky & co"})
    assert answer["Location"] == f"{address(job)}?TestPlanName=flaky+%26+co"


@pytest.mark.parametrize(
    ("plan", "where"), [("", "/jobs/"), ("  ", "/jobs/"), ("new", "/jobs/?plan=new")]
)
def test_the_launch_box_leads_to_the_jobs_for_a_plan_that_never_ran(plan, where):
    assert signed_in().get("/launch/", {"plan": plan})["Location"] == where


def test_the_launch_box_opens_the_one_job_of_a_name():
    nightly, hidden = make_job(full_name="qa/nightly"), make_controller(is_enabled=False)
    make_job(nightly.controller, full_name="qa/nightly-eu")
    make_job(nightly.controller, full_name="old/nightly", gone_at=timezone.now())
    make_job(hidden, full_name="nightly")
    client = signed_in()
    for typed in ("nightly", " Nightly ", "qa/nightly"):
        assert client.get("/launch/", {"plan": typed})["Location"] == address(nightly)
    make_job(full_name="qa/nightly")  # on another controller
    assert client.get("/launch/", {"plan": "nightly "})["Location"] == "/jobs/?q=nightly"


def test_a_plan_that_ran_is_opened_before_the_job_of_its_name(job):
    make_job(full_name="qa/nightly")
    make_run(job, plan="nightly")
    answer = signed_in().get("/launch/", {"plan": "nightly"})
    assert answer["Location"] == f"{address(job)}?TestPlanName=nightly"


def test_jobs_are_suggested_beside_plans_and_what_is_called_just_so_first(job):
    make_run(job, plan="nightly-eu")
    nightly = make_job(full_name="qa/nightly")
    make_job(full_name="gone/nightly", gone_at=timezone.now())
    client = signed_in()

    def suggested(typed: str) -> list[str]:
        page = text_of(client.get("/launch/suggest/", {"plan": typed}))
        return re.findall(r'role="option".* href="([^"]*)"', page)

    of_plan = f"{address(job)}?TestPlanName=nightly-eu"
    assert suggested("NIGHTLY") == [address(nightly), of_plan]
    assert suggested("night") == [of_plan, address(nightly)]
    assert suggested("") == [of_plan]


def test_plans_that_ran_are_suggested_the_last_one_first(job):
    for plan in ("smoke", "payments", "smoke", "", "pay<b>day"):
        make_run(job, plan=plan)
    client = signed_in()
    page = client.get("/launch/suggest/").content.decode()
    assert page.index("pay&lt;b&gt;day") < page.index("smoke") < page.index("payments")
    assert "<html" not in page
    page = client.get("/launch/suggest/", {"plan": "PAY"}).content.decode()
    assert "payments" in page
    assert "smoke" not in page


def test_a_forms_suggestions_are_those_of_its_job(job):
    make_run(job, plan="mine")
    make_run(plan="elsewhere")
    page = signed_in().get(f"/jobs/{job.pk}/suggest/", {"p-TestPlanName": ""}).content.decode()
    assert "mine" in page
    assert "elsewhere" not in page
    assert signed_in().get("/jobs/999999/suggest/").status_code == 404
    assert Client().get("/launch/suggest/", headers={"HX-Request": "true"}).status_code == 403


def test_a_form_whose_protection_is_gone_leads_back_to_itself(job):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    page = text_of(client.post(f"{address(job)}?Notes=a%26b", answers()), 403)
    assert f'href="{address(job)}?Notes=a%26b" data-keeps-typed>Open the form again' in page
