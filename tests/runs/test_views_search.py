"""The search in the header."""

from __future__ import annotations

from copy import copy
from dataclasses import asdict
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Job
from dashboard.runs.models import Run
from dashboard.runs.querying import LOOK_BACK_RUNS
from dashboard.runs.searching import SHOWN
from dashboard.runs.states import RunState
from jenkins_api import Build
from tests.demo import job_of, wait_until
from tests.factories import make_controller, make_job, make_run, signed_in

pytestmark = pytest.mark.django_db
SEARCH = "/search/"
BUILD_12 = Build(
    number=12,
    build_id="12",
    queue_id=-1,
    result="FAILURE",
    is_building=False,
    started_ms=None,
    duration_ms=1,
    estimated_ms=None,
    node="",
    is_kept=False,
)


def found(text: str) -> str:
    answer = signed_in().get(SEARCH, {"q": text})
    assert answer.status_code == 302
    return answer["Location"]


def test_a_number_leads_to_its_run():
    run = make_run()
    assert found(f" {run.pk} ") == run.get_absolute_url()


@pytest.mark.parametrize("text", ["#{}", "run {}", "Run #{}"])
def test_a_run_is_found_as_people_write_it(text):
    run = make_run()
    assert found(text.format(run.pk)) == run.get_absolute_url()


def test_a_permalink_leads_to_the_build_that_it_stands_for_now(demo, connected):
    demo.make_job("lastBuild", "exit 1")
    sync_catalogue(connected)
    job = job_of(connected, "lastBuild")
    address = f"{demo.url}job/lastBuild/"
    assert found(address) == reverse("launching:job", args=[job.pk])
    page = signed_in().get(SEARCH, {"q": f"{address}lastFailedBuild/"}).content.decode()
    assert "lastBuild has no lastFailedBuild yet." in page
    demo.post("job/lastBuild/build?delay=0sec")
    wait_until(lambda: '"result":"FAILURE"' in demo.get("job/lastBuild/1/api/json").text)
    for below in ("lastFailedBuild/console", "lastBuild", "lastUnsuccessfulBuild/"):
        assert found(address + below) == reverse("launching:build", args=[job.pk, 1])


def test_a_permalink_of_a_controller_that_is_away_leads_to_the_build_known_last():
    job = make_job(full_name="qa/smoke")
    address = f"{job.controller.url}job/qa/job/smoke/lastFailedBuild/console"
    page = signed_in().get(SEARCH, {"q": address}).content.decode()
    assert "Nobody can tell the lastFailedBuild of qa/smoke just now: " in page
    job.builds = {"failed": asdict(BUILD_12)}
    job.save()
    assert found(address) == reverse("launching:build", args=[job.pk, 12])


@pytest.mark.parametrize("below", ["", "jenkins", "a/b"])
@pytest.mark.parametrize("before", ["http://", "", "//"])
@pytest.mark.parametrize("host", ["ci:8080", "ci.example"])
def test_the_address_of_a_controller_leads_to_its_page(host, before, below):
    controller = make_controller(url=f"http://{host}/{below}")
    address = f"{before}{host}/{below}"
    for text in (address, address.rstrip("/"), f"{address.rstrip('/')}/"):
        assert found(text) == reverse("controllers:controller", args=[controller.pk])


@pytest.mark.parametrize("text", ["http://ci:8080/jenkins2", "http://ci:8080/"])
def test_an_address_beside_the_base_path_is_another(text):
    make_controller(url="http://ci:8080/jenkins")
    page = signed_in().get(SEARCH, {"q": text}).content.decode()
    assert "No connected controller has this address." in page


def history_of(plan: str) -> str:
    return f"{reverse('history:list')}?{urlencode({'plan': plan})}"


@pytest.mark.parametrize("text", ["check out & pay", "Check OUT & pay"])
def test_a_plan_leads_to_its_history(text):
    make_run(plan="check out & pay")
    make_run(plan="check out & pay later")
    assert found(text) == history_of("check out & pay")


def test_a_plan_that_ran_before_all_newer_runs_is_found_by_its_whole_name():
    run = make_run(plan="yearly", state=RunState.CANCELLED)
    newer = [copy(run) for _ in range(LOOK_BACK_RUNS)]
    for each in newer:
        each.pk, each.uuid, each.plan = None, uuid4(), "nightly"
    Run.objects.bulk_create(newer)
    assert found("yearly") == history_of("yearly")


def asked(text: str) -> tuple[list[str], list[str]]:
    """Plans and jobs to choose from."""
    answer = signed_in().get(SEARCH, {"q": text})
    assert answer.status_code == 200
    shown = answer.context["found"]
    for plan in shown.plans:
        assert quote(plan) in answer.content.decode()
    return shown.plans, [job.full_name for job in shown.jobs]


def test_plans_are_found_by_any_part_of_their_name_that_of_just_this_name_first():
    for plan in ("SMOKE", "smoke", "Big Smoke", "soak"):
        make_run(plan=plan)
    assert asked("smO") == (["Big Smoke", "smoke", "SMOKE"], [])
    assert asked("Smoke") == (["smoke", "SMOKE", "Big Smoke"], [])
    assert found("SMOKE") == history_of("SMOKE")


def test_where_a_plan_and_a_job_are_called_so_both_are_offered():
    make_run(make_job(full_name="qa/regression"), plan="regression")
    for text in ("regression", "REGRESS"):
        assert asked(text) == (["regression"], ["qa/regression"])
    assert found("qa/regression") == reverse("launching:job", args=[Job.objects.get().pk])


def test_a_plan_with_a_number_at_its_end_is_no_build():
    make_run(plan="wave#12")
    assert found("wave#12") == history_of("wave#12")


@pytest.mark.parametrize(
    ("root", "typed"),
    [
        ("http://127.0.0.1:8290/", "127.0.0.1:8290/job/qa/job/smoke/12/console"),
        ("https://ci.example/", "ci.example:443/job/qa/job/smoke/12"),
        ("https://ci.example/jenkins/", "CI.example/jenkins/view/all/job/qa/job/smoke/12/#top"),
        ("http://[::1]:8290/", "[::1]:8290/job/qa/job/smoke/12#3"),
    ],
)
def test_an_address_needs_no_scheme(root, typed):
    job = make_job(make_controller(url=root), full_name="qa/smoke")
    assert found(typed) == reverse("launching:build", args=[job.pk, 12])


def test_a_job_below_a_folder_called_job_is_no_address():
    job = make_job(full_name="qa/job/smoke")
    assert found("qa/job/smoke") == reverse("launching:job", args=[job.pk])


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


@pytest.mark.parametrize("path", ["job/qa/", "job/qa", "job/qa/configure", "view/all/job/qa/"])
def test_the_address_of_a_folder_leads_to_its_jobs(path):
    controller = make_controller(url="https://ci.example/")
    make_job(controller, full_name="qa/smoke")
    make_job(controller, full_name="quality")
    assert found(f"https://ci.example/{path}") == "/jobs/?q=qa%2F"


def test_of_one_jenkins_with_several_accounts_the_one_that_launched_the_build_is_meant():
    url = "https://ci.example/"
    jobs = [make_job(make_controller(url=url), full_name="qa/smoke") for _ in range(3)]
    run = make_run(jobs[1], build_number=4)
    address = f"{url}job/qa/job/smoke/"

    def asked_on(job, build):
        asked = {"q": f"{address}{build}/", "on": job.controller_id}
        return signed_in().get(SEARCH, asked)["Location"]

    for job in jobs:
        assert asked_on(job, 4) == reverse("launching:build", args=[run.job_id, 4])
        assert asked_on(job, 5) == reverse("launching:build", args=[job.pk, 5])
    assert found(f"{address}4/") == reverse("launching:build", args=[run.job_id, 4])


@pytest.mark.parametrize(
    "text", ["nothing", "smoke:12", "9" * 30, "404", "<script>alert(1)</script>", "٤"]
)
def test_what_is_not_there_is_said(text):
    answer = signed_in().get(SEARCH, {"q": text})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing is called" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("text", ["qa/smoke#12", "smoke #12"])
def test_a_build_is_found_by_its_job_and_number(text):
    job = make_job(full_name="qa/smoke")
    assert found(text) == reverse("launching:build", args=[job.pk, 12])


def many_that_come_near():
    controller = make_controller()
    for number in range(SHOWN):
        make_job(controller, full_name=f"qa/nightly-smoke-{number:02}")


@pytest.mark.parametrize("name", ["smoke", "web/smoke"])
def test_a_job_is_found_by_its_name_behind_many_that_come_near(name):
    many_that_come_near()
    job = make_job(full_name="web/smoke")
    assert found(name) == reverse("launching:job", args=[job.pk])


def test_of_more_than_are_shown_those_of_just_this_name_come_first():
    many_that_come_near()
    jobs = [make_job(full_name="web/smoke") for _ in range(2)]
    answer = signed_in().get(SEARCH, {"q": "smoke"})
    assert set(answer.context["found"].jobs[:2]) == set(jobs)
    assert len(answer.context["found"].jobs) == SHOWN


def test_which_job_is_asked_where_several_have_such_a_build():
    jobs = [make_job(full_name=name) for name in ("qa/smoke", "web/smoke")]
    page = signed_in().get(SEARCH, {"q": "smoke#12"}).content.decode()
    assert "Which job is meant?" in page
    for job in jobs:
        assert reverse("launching:build", args=[job.pk, 12]) in page


@pytest.mark.parametrize("root", ["http://ci.example/", "http://ci.example:8080/jenkins"])
@pytest.mark.parametrize("below", ["", "/console", "/testReport/api/json?tree=x", "#end"])
def test_a_jenkins_address_leads_to_its_build(root, below):
    job = make_job(make_controller(url=root), full_name="qa/night ly")
    address = f"{root.rstrip('/')}/job/qa/job/night%20ly/12{below}"
    assert found(address) == reverse("launching:build", args=[job.pk, 12])


@pytest.mark.parametrize("below", ["", "/", "/configure", "/ws/"])
def test_a_jenkins_address_leads_to_its_job(below):
    job = make_job(make_controller(url="http://ci.example/"), full_name="qa/smoke")
    address = f"https://CI.example/view/all/job/qa/job/smoke{below}"  # a proxy speaks https
    assert found(address) == reverse("launching:job", args=[job.pk])


def test_of_two_controllers_on_a_host_the_nearer_one_has_it():
    make_controller(url="http://ci.example/")
    job = make_job(make_controller(url="http://ci.example/eu/"), full_name="smoke")
    assert found("http://ci.example/eu/job/smoke/") == reverse("launching:job", args=[job.pk])


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://elsewhere.example/job/qa/job/smoke/1/", "No connected controller"),
        ("http://ci.example.org/job/smoke/", "No connected controller"),
        ("http://[x/job/smoke/", "No connected controller"),
        ("elsewhere.example/job/smoke/", "No connected controller"),
        ("http://ci.example/job/other/3/", "Runboard knows no job other on eu."),
        ("http://ci.example/computer/", "but not of a job or a build"),
        ("http://ci.example/job/<script>alert(1)</script>/", "Runboard knows no job"),
    ],
)
def test_an_address_of_nothing_that_is_known_says_so(address, said):
    make_job(make_controller(name="eu", url="http://ci.example/"), full_name="smoke")
    answer = signed_in().get(SEARCH, {"q": address})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert said in page
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
