"""A kept token that no key of ours fits any more: every page says so, and what to do about it."""

import html

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse
from django.utils import timezone

from dashboard.controllers.connecting import REFUSALS_BEFORE_STOP
from dashboard.controllers.models import Access, Controller
from dashboard.controllers.tasks import read_catalogue
from dashboard.people.models import Role
from dashboard.results.collecting import collect
from dashboard.runs.aborting import abort_at_once
from dashboard.runs.models import Run
from dashboard.runs.reading import read_rest_of_console
from dashboard.runs.states import RunState
from tests.demo import sweep_once
from tests.factories import make_access, make_controller, make_job, make_run, make_user, signed_in

pytestmark = pytest.mark.django_db

WHAT_TO_DO = "Give the token or password of svc-qa again on the page of lab, under Change."


def by_no_key_of_ours():
    return Fernet(Fernet.generate_key()).encrypt(b"a token").decode()


@pytest.fixture
def controller():
    controller = make_controller(name="lab")
    Controller.objects.filter(pk=controller.pk).update(token_encrypted=by_no_key_of_ours())
    return Controller.objects.get(pk=controller.pk)


@pytest.fixture
def run(controller):
    """A run that has ended, with its verdict."""
    job = make_job(controller, full_name="smoke")
    return make_run(job, state=RunState.FINISHED, concluded_at=timezone.now(), verdict="passed")


def answers(run):
    """What pages that ask the controller are asked for: address, and form where one is sent."""
    controller, job = run.controller, run.job
    form = {"name": "lab", "url": controller.url, "user": controller.user, "secret": ""}
    return {
        "check": (reverse("controllers:check", args=[controller.pk]), {}),
        "change": (reverse("controllers:change", args=[controller.pk]), form),
        "switch": (reverse("launching:switch", args=[job.pk]), {"to": "off", "why": "full"}),
        "keep": (reverse("runs:keep", args=[run.pk]), {}),
        "build": (reverse("launching:build", args=[job.pk, 9999]), None),
        "console": (reverse("launching:build_console_text", args=[job.pk, 9999]), None),
        "search": (f"{reverse('runs:search')}?q={controller.url}job/smoke/lastBuild/", None),
    }


@pytest.mark.parametrize(
    "page", ["check", "change", "switch", "keep", "build", "console", "search"]
)
def test_every_page_that_asks_the_controller_says_it(run, page):
    path, form = answers(run)[page]
    browser = signed_in(Role.ADMIN)
    if form is None:
        answer = browser.get(path, follow=True)
    else:
        answer = browser.post(path, form, follow=True)
    assert WHAT_TO_DO in html.unescape(answer.text)


def test_sweeps_say_it_and_end_as_after_a_refused_token(controller):
    for _ in range(REFUSALS_BEFORE_STOP):
        sweep_once(controller)
    for path in ("/", reverse("controllers:controller", args=[controller.pk])):
        page = html.unescape(signed_in().get(path).text)
        assert "lets us not in" in page
        assert WHAT_TO_DO in page
    assert not Controller.objects.due(timezone.now()).exists()


@pytest.mark.parametrize(
    ("state", "do"),
    [
        (RunState.RUNNING, lambda run: abort_at_once(run.pk)),
        (RunState.FINISHED, lambda run: read_rest_of_console(run.pk)),
        (RunState.FINISHED, lambda run: collect(run.pk)),
        (RunState.FINISHED, lambda run: read_catalogue(run.controller_id)),
    ],
)
def test_workers_leave_everything_as_it_is(controller, state, do):
    run = make_run(make_job(controller), state=state, build_result="SUCCESS")
    do(run)
    run = Run.objects.get(pk=run.pk)
    assert (run.state, run.concluded_at, run.console_is_complete) == (state, None, False)


def test_one_s_own_is_said_in_the_profile_where_another_can_be_given():
    person = make_user()
    access = make_access(person, make_controller())
    Access.objects.update(token_encrypted=by_no_key_of_ours())
    browser = signed_in(user=person)
    assert "Launch as yourself" not in browser.get("/profile/").text
    path = reverse("controllers:try_access", args=[access.controller_id])
    page = browser.post(path, follow=True).text
    assert "Give the token or password of ana again in the profile." in page
    assert "Launch as yourself" in page
