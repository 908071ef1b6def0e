"""Connecting a controller, changing it, disconnecting it: the pages of an admin."""

from __future__ import annotations

import logging
import re

import pytest
from django.utils import timezone

from dashboard.controllers.connecting import note_cancel
from dashboard.controllers.models import Controller
from dashboard.people.models import Role
from tests.controllers.people import BUILDS, add_person
from tests.factories import make_controller, make_job, make_run, signed_in

pytestmark = pytest.mark.django_db
MADE_UP = "made-up-0123456789"


@pytest.fixture
def admin():
    return signed_in(Role.ADMIN)


def account(demo, **fields):
    known = {"name": "eu", "url": demo.url, "user": demo.user, "secret": demo.token}
    return known | {"by_password": ""} | fields


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_controller_is_connected(demo, admin):
    answer = admin.post("/controllers/connect/", account(demo))
    controller = Controller.objects.get()
    assert answer["Location"] == f"/controllers/{controller.pk}/"
    assert (controller.name, controller.url, controller.user) == ("eu", demo.url, demo.user)
    assert controller.token == demo.token
    assert Controller.objects.due(timezone.now()).exists()
    page = admin.get(answer["Location"])
    assert "eu is connected. A worker reads its jobs now." in text(page)
    assert "appear twice" not in text(page)
    assert f"Jenkins takes us for {demo.user}" in text(page)
    assert demo.token not in page.content.decode()


def test_who_connects_a_jenkins_twice_is_told(demo, admin):
    make_controller(name="us", url=demo.url.removesuffix("/"))
    page = admin.post("/controllers/connect/", account(demo), follow=True)
    assert "The same Jenkins is connected as us already: its jobs appear twice." in text(page)


def test_with_a_password_it_is_marked_as_such(demo, admin):
    user, _ = add_person(demo, *BUILDS, password="hunter2 hunter2")  # noqa: S106  made up for this test
    form = account(demo, user=user, secret="hunter2 hunter2", by_password="on")  # noqa: S106  made up for this test
    page = admin.post("/controllers/connect/", form, follow=True)
    assert Controller.objects.get().by_password
    assert "crumb fetched" in text(page)
    assert "hunter2" not in page.content.decode()


def test_a_password_given_as_a_token_is_named(demo, admin):
    user, _ = add_person(demo, *BUILDS, password="hunter2 hunter2")  # noqa: S106  made up for this test
    form = account(demo, user=user, secret="hunter2 hunter2")  # noqa: S106  made up for this test
    page = text(admin.post("/controllers/connect/", form))
    assert f"403: what was given for {user} is a password, not an API token" in page
    assert "Choose Password, or make a token in Jenkins" in page
    assert not Controller.objects.exists()


def test_what_is_known_of_cancelling_goes_with_the_account(connected, admin, demo):
    note_cancel(make_job(connected), may=True)
    address = f"/controllers/{connected.pk}/change/"
    admin.post(address, account(demo, name="renamed", secret=""))
    connected.refresh_from_db()
    assert (connected.name, connected.may_cancel) == ("renamed", True)
    user, token = add_person(demo, *BUILDS)
    admin.post(address, account(demo, user=user, secret=token))
    connected.refresh_from_db()
    assert (connected.user, connected.may_cancel) == (user, None)


def test_nothing_is_kept_that_does_not_work_and_no_secret_comes_back(demo, admin, caplog):
    caplog.set_level(logging.DEBUG)
    page = admin.post("/controllers/connect/", account(demo, secret=MADE_UP))
    assert page.status_code == 422
    assert not Controller.objects.exists()
    assert f"401: the API token of {demo.user} was not accepted" in text(page)
    assert "What to do:" in text(page)
    assert f'value="{demo.url}"' in page.content.decode()
    assert MADE_UP not in page.content.decode() + caplog.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "ftp://127.0.0.1/"}, "must begin with http"),
        ({"url": "http://user:hunter2@127.0.0.1/"}, "must have no user, password"),
        ({"url": ""}, "Give the address."),
        ({"name": "x" * 101}, "This is too long: 100 characters at most."),
        ({"name": "taken"}, "Another controller has this name"),
        ({"name": "Taken"}, "Another controller has this name: taken."),
        ({"secret": ""}, "Give the API token or password"),
        ({"url": "http://127.0.0.1:9/"}, "Connection refused"),
    ],
)
def test_what_is_wrong_is_said(demo, admin, fields, said):
    make_controller(name="taken")
    page = admin.post("/controllers/connect/", account(demo, **fields))
    assert (page.status_code, Controller.objects.count()) == (422, 1)
    assert said in text(page)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("job/qa/", "job"),
        ("job/qa", "job"),
        ("/job//qa", "job"),
        ("view/mine/job/qa/12/", "view"),
        ("me/my-views/view/all/", "view"),
        ("user/ana/my-views/view/all/job/qa/", "view"),
    ],
)
def test_who_gives_the_address_of_a_page_below_is_shown_the_root(demo, admin, path, what):
    page = admin.post("/controllers/connect/", account(demo, url=f"{demo.url}{path}"))
    assert page.status_code == 422
    assert f"This is the address of a {what}. Give the root: {demo.url} " in text(page)


def test_a_base_path_or_a_host_may_be_called_as_what_lies_below(demo, admin):
    for url in ("http://job/jobs/", "http://127.0.0.1:9/job/", "http://127.0.0.1:9/my/view"):
        page = admin.post("/controllers/connect/", account(demo, url=url))
        assert "Check of the connection" in text(page)


def test_a_change_keeps_the_secret_that_is_not_typed(connected, admin, demo):
    page = admin.get(f"/controllers/{connected.pk}/change/")
    assert demo.token not in page.content.decode()
    form = account(demo, name="renamed", secret="")
    admin.post(f"/controllers/{connected.pk}/change/", form)
    connected.refresh_from_db()
    assert (connected.name, connected.token) == ("renamed", demo.token)


def test_a_change_leaves_a_sweep_alone(connected, admin, demo):
    Controller.objects.update(fence=7, news=70)
    admin.post(f"/controllers/{connected.pk}/change/", account(demo, secret=""))
    connected.refresh_from_db()
    assert (connected.fence, connected.news) == (7, 71)


@pytest.mark.parametrize("fields", [{"url": "http://127.0.0.1:9/"}, {"user": "other"}])
def test_a_kept_secret_goes_nowhere_else(connected, admin, demo, fields):
    form = account(demo, secret="", **fields)
    page = admin.post(f"/controllers/{connected.pk}/change/", form)
    assert "With another address or account, give" in text(page)
    connected.refresh_from_db()
    assert (connected.url, connected.user) == (demo.url, demo.user)


def test_a_change_that_does_not_work_changes_nothing(connected, admin, demo):
    form = account(demo, name="renamed", secret=MADE_UP)
    page = admin.post(f"/controllers/{connected.pk}/change/", form)
    assert page.status_code == 422
    name, token = connected.name, connected.token
    connected.refresh_from_db()
    assert (connected.name, connected.token) == (name, token)


def test_disconnected_and_connected_again_with_its_runs(connected, admin, demo):
    run = make_run(connected.jobs.first())
    assert "Leave it connected" in text(admin.get(f"/controllers/{connected.pk}/disconnect/"))
    page = admin.post(f"/controllers/{connected.pk}/disconnect/", follow=True)
    assert f"{connected} is disconnected. Its jobs and runs are kept." in text(page)
    assert f'href="/controllers/{connected.pk}/change/"' in page.content.decode()
    assert admin.get(run.get_absolute_url()).status_code == 404
    assert admin.get(f"/controllers/{connected.pk}/").status_code == 404
    assert str(connected) not in text(signed_in(Role.LEAD).get("/controllers/"))

    form = account(demo, name=connected.name, secret="")
    admin.post(f"/controllers/{connected.pk}/change/", form)
    assert admin.get(run.get_absolute_url()).status_code == 200
