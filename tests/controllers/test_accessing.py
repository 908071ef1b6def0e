"""My Jenkins access: a person's own token, pasted or made, tested, revoked."""

from __future__ import annotations

import logging
import re

import pytest
import requests

from dashboard.controllers.models import Access
from dashboard.people.models import Role
from tests.controllers.people import BUILDS, add_person
from tests.factories import make_access, make_controller, make_user, signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse in Jenkins"  # noqa: S105


@pytest.fixture
def ana():
    return make_user(Role.TESTER, username="ana")


@pytest.fixture
def client(ana):
    return signed_in(user=ana)


def give(client, controller, user, secret, *, by_password=False):
    form = {"user": user, "secret": secret, "by_password": "on" if by_password else ""}
    return client.post(f"/profile/access/{controller.pk}/", form, follow=True)


def act(client, controller, what):
    return client.post(f"/profile/access/{controller.pk}/{what}/", follow=True)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def is_let_in(demo, user, token):
    return requests.get(f"{demo.url}me/api/json", auth=(user, token), timeout=10).ok


def test_a_pasted_token_is_proved_and_kept(demo, connected, client, ana):
    user, token = add_person(demo, *BUILDS)
    page = give(client, connected, user, token)
    access = Access.objects.get(person=ana, controller=connected)
    assert (access.user, access.token, access.token_uuid) == (user, token, "")
    assert access.proved_at
    assert f"You launch as {user}" in text(page)
    assert token not in page.content.decode()
    assert token not in access.token_encrypted


def test_a_wrong_token_is_not_kept(demo, connected, client, caplog):
    caplog.set_level(logging.DEBUG)
    page = give(client, connected, "ana", "made-up-token")
    assert page.status_code == 422
    assert "Jenkins answered 401: this token is not one of ana’s. Nothing was kept." in text(page)
    assert not Access.objects.exists()
    assert "made-up-token" not in page.content.decode() + caplog.text


def test_one_is_made_by_a_password_that_is_not_kept(demo, connected, client, caplog):
    caplog.set_level(logging.DEBUG)
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    page = give(client, connected, user, PASSWORD, by_password=True)
    access = Access.objects.get()
    assert access.token_uuid
    assert is_let_in(demo, user, access.token)
    assert PASSWORD not in page.content.decode() + caplog.text + access.token


def test_revoking_one_that_was_made_revokes_it_in_jenkins(demo, connected, client):
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    give(client, connected, user, PASSWORD, by_password=True)
    token = Access.objects.get().token
    page = act(client, connected, "drop")
    assert "has forgotten your token" in text(page)
    assert "and it was revoked there" in text(page)
    assert not Access.objects.exists()
    assert not is_let_in(demo, user, token)


def test_a_pasted_one_is_only_forgotten(demo, connected, client):
    user, token = add_person(demo, *BUILDS)
    give(client, connected, user, token)
    assert "revoked" not in text(act(client, connected, "drop"))
    assert not Access.objects.exists()
    assert is_let_in(demo, user, token)


def test_where_it_cannot_be_revoked_one_is_told_what_to_do(connected, client, ana):
    away = make_controller()
    make_access(ana, away, token_uuid=str(away.pk))
    page = act(client, away, "drop")
    assert "could not be revoked there: 127.0.0.1 was not reached" in text(page)
    assert "open your name, Security, API Token, and revoke “Runboard”" in text(page)
    assert not Access.objects.exists()


def test_a_test_says_what_jenkins_says_and_a_refusal_offers_another(demo, connected, client):
    user, token = add_person(demo, *BUILDS)
    give(client, connected, user, token)
    assert f"{connected} takes you for {user}." in text(act(client, connected, "test"))
    access = Access.objects.get()
    access.token = f"revoked-{access.pk}"
    access.save()
    page = act(client, connected, "test")
    assert "Jenkins answered 401" in text(page)
    access.refresh_from_db()
    assert access.trouble
    assert "Test it, or give another." in text(page)
    give(client, connected, user, token)
    access.refresh_from_db()
    assert (access.trouble, access.token) == ("", token)


def test_a_controller_that_does_not_answer_is_no_fault_of_the_token(client, ana):
    away = make_controller()
    access = make_access(ana, away)
    assert "was not reached" in text(act(client, away, "test"))
    access.refresh_from_db()
    assert access.trouble == ""


def test_an_empty_form_is_said(connected, client):
    assert "Give your name in Jenkins" in text(give(client, connected, "", ""))


def test_nobody_reaches_somebody_elses(demo, connected, client):
    user, token = add_person(demo, *BUILDS)
    give(client, connected, user, token)
    other = signed_in(Role.ADMIN)
    assert act(other, connected, "test").status_code == 404
    assert act(other, connected, "drop").status_code == 404
    assert user not in text(other.get("/profile/"))
    assert Access.objects.exists()


def test_a_viewer_launches_nothing_so_gives_nothing(connected):
    viewer = signed_in(Role.VIEWER)
    assert give(viewer, connected, "a", "b").status_code == 403
    assert "Launch as yourself" not in text(viewer.get("/profile/"))
