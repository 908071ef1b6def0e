"""My Jenkins access: a person's own token, pasted or made, tested, revoked."""

from __future__ import annotations

import logging
import re
from contextlib import closing
from html import unescape
from uuid import uuid4

import pytest
import requests
from django.db import connection as database

from dashboard.controllers.connecting import disconnect
from dashboard.controllers.models import Access, Controller
from dashboard.people.models import Role
from tests.controllers.people import BUILDS, add_person
from tests.demo import Demo
from tests.factories import make_access, make_controller, make_user, signed_in
from tests.jenkins_api.raw_server import RawServer, reply

pytestmark = pytest.mark.django_db
PROFILE = "/profile/"
UUID = str(uuid4())
PASSWORD = "correct horse in Jenkins"  # noqa: S105  made up for this test


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
    assert "401: it does not accept this API token for ana. Nothing was kept." in text(page)
    assert not Access.objects.exists()
    assert "made-up-token" not in page.content.decode() + caplog.text


@pytest.mark.parametrize("by_password", [False, True])
def test_without_security_there_is_no_token_to_give(tmp_path, client, by_password):
    demo = Demo(tmp_path / "home", "--no-security")
    demo.start()
    page = give(client, make_controller(url=demo.url), "ana", "any", by_password=by_password)
    demo.stop()
    assert "it looks at nobody's token. Nothing was kept." in unescape(text(page))
    assert not Access.objects.exists()


def test_a_proxy_that_drops_user_and_token_is_not_called_a_wrong_token(client):
    nobody = reply(200, b'{"name": "anonymous", "anonymous": true}')
    with closing(RawServer(nobody, reply(403))) as server:
        page = give(client, make_controller(url=server.url), "ana", "right")
    assert "something in front of it drops user and secret. Nothing was kept." in text(page)


def test_one_is_made_by_a_password_that_is_not_kept(demo, connected, client, caplog):
    caplog.set_level(logging.DEBUG)
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    page = give(client, connected, user, PASSWORD, by_password=True)
    access = Access.objects.get()
    assert access.token_uuid
    assert is_let_in(demo, user, access.token)
    assert PASSWORD not in page.content.decode() + caplog.text + access.token


LEFT = "a token named “Runboard” may be left in Jenkins: open your name there, Security, API Token"


def make_with_faults(demo, controller, client, **faults):
    """Have a token made while the first POST to each path goes wrong so; what the page says."""
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    for path, kind in faults.items():
        demo.fault(kind, path=path, method="POST")
    page = give(client, controller, user, PASSWORD, by_password=True)
    demo.post("demo/fault/clear")
    assert page.status_code == 422
    assert not Access.objects.exists()
    return text(page)


def test_one_that_was_made_and_could_not_be_proved_is_revoked_again(demo, connected, client):
    demo.post("demo/requests/reset")
    said = make_with_faults(demo, connected, client, whoAmI="close-after-accept")
    assert "Nothing was kept." in said
    assert LEFT not in said
    assert [kind for kind in demo.get("demo/requests").json()["kinds"] if "revoke" in kind]


@pytest.mark.parametrize(
    "faults",
    [
        {"whoAmI": "close-after-accept", "revoke": "unavailable"},
        {"generateNewToken": "close-after-accept"},
    ],
)
def test_one_that_may_be_left_in_jenkins_is_said(demo, connected, client, faults):
    assert LEFT in make_with_faults(demo, connected, client, **faults)


def test_revoking_one_that_was_made_revokes_it_in_jenkins(demo, connected, client):
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    give(client, connected, user, PASSWORD, by_password=True)
    token = Access.objects.get().token
    page = act(client, connected, "drop")
    assert "has forgotten your token" in text(page)
    assert "and Jenkins no longer accepts it" in text(page)
    assert not Access.objects.exists()
    assert not is_let_in(demo, user, token)


@pytest.mark.parametrize("what", ["test", "drop"])
def test_one_that_another_tab_has_forgotten_is_said_on_the_profile(connected, client, ana, what):
    make_access(ana, connected)
    act(client, connected, "drop")
    page = act(client, connected, what)
    assert page.redirect_chain == [(PROFILE, 302)]
    assert f"You have no token for {connected} any more." in text(page)


def test_a_pasted_one_is_only_forgotten(demo, connected, client):
    user, token = add_person(demo, *BUILDS)
    give(client, connected, user, token)
    assert "revoked" not in text(act(client, connected, "drop"))
    assert not Access.objects.exists()
    assert is_let_in(demo, user, token)


@pytest.fixture
def made(demo, connected, client):
    """A token that Runboard had made for somebody: their name, and the token."""
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    give(client, connected, user, PASSWORD, by_password=True)
    return user, Access.objects.get().token


def test_one_that_could_not_be_revoked_is_kept_and_revoked_by_another_try(
    demo, connected, client, made
):
    demo.fault("unavailable", path="ApiTokenProperty/revoke")
    page = act(client, connected, "drop")
    assert "was not revoked, so it is kept" in text(page)
    assert "It was not revoked: Jenkins is starting up or restarting." in text(page)
    assert "open your name, Security, API Token, and revoke “Runboard”" in text(page)
    assert is_let_in(demo, *made)
    assert "Jenkins no longer accepts it" in text(act(client, connected, "drop"))
    assert not Access.objects.exists()
    assert not is_let_in(demo, *made)


def test_one_that_could_not_be_revoked_may_be_forgotten_all_the_same(demo, connected, client, made):
    assert "Forget it only here" not in text(client.get(PROFILE))
    demo.fault("unavailable", path="ApiTokenProperty/revoke")
    assert "Forget it only here" in text(act(client, connected, "drop"))
    path = f"/profile/access/{connected.pk}/drop/"
    page = client.post(path, {"only_here": "yes"}, follow=True)
    assert "has forgotten your token" in text(page)
    assert not Access.objects.exists()
    assert is_let_in(demo, *made)


def test_one_that_jenkins_no_longer_takes_is_forgotten(demo, connected, client, made):
    access = Access.objects.get()
    access.token = "revoked in Jenkins meanwhile"  # noqa: S105  made up for this test
    access.save()
    assert "Jenkins no longer accepts it" in text(act(client, connected, "drop"))
    assert not Access.objects.exists()


OLDER = "An older one named “Runboard” may be left in Jenkins: open {} there, Security, API Token"


@pytest.mark.parametrize("by_password", [False, True])
@pytest.mark.parametrize("as_another", [False, True])
def test_one_that_another_tab_replaces_is_revoked(
    demo, connected, client, made, by_password, as_another
):
    name = "" if as_another else made[0]
    user, token = add_person(demo, *BUILDS, password=PASSWORD, name=name)
    page = give(
        client, connected, user, PASSWORD if by_password else token, by_password=by_password
    )
    access = Access.objects.get()
    assert bool(access.token_uuid) == by_password
    assert is_let_in(demo, user, access.token)
    assert not is_let_in(demo, *made)
    assert "may be left" not in text(page)


@pytest.mark.django_db(transaction=True)
def test_one_that_another_tab_had_made_while_this_one_is_proved_is_revoked(raw, client, ana):
    is_ana = reply(200, b'{"name": "ana", "anonymous": false}')

    def prove_after_another_was_kept(connection):
        make_access(ana, Controller.objects.get(), token_uuid=UUID)
        database.close()  # this thread's own
        connection.sendall(is_ana)

    server = raw(is_ana, prove_after_another_was_kept, reply(200))
    give(client, make_controller(url=server.url), "ana", "pasted")
    assert f"tokenUuid={UUID}".encode() in server.requests[-1]
    assert not Access.objects.get().token_uuid


def test_one_that_was_replaced_and_could_not_be_revoked_is_said(demo, connected, client, made):
    demo.fault("unavailable", path="ApiTokenProperty/revoke")
    page = give(client, connected, made[0], PASSWORD, by_password=True)
    demo.post("demo/fault/clear")
    assert f"You launch as {made[0]} on {connected} from now on." in text(page)
    assert OLDER.format(made[0]) in text(page)
    assert is_let_in(demo, *made)
    assert is_let_in(demo, made[0], Access.objects.get().token)


@pytest.mark.django_db(transaction=True)
def test_one_that_another_tab_gives_while_the_old_is_revoked_is_kept(raw, client, ana):
    def revoke_after_another_was_given(connection):
        newer = Access.objects.get()
        newer.token, newer.token_uuid = str(uuid4()), str(uuid4())
        newer.save()
        database.close()  # this thread's own
        connection.sendall(reply(200))

    server = raw(revoke_after_another_was_given)
    make_access(ana, make_controller(url=server.url), token_uuid=UUID)
    act(client, Access.objects.get().controller, "drop")
    assert f"tokenUuid={UUID}".encode() in server.requests[0]
    assert Access.objects.get().token_uuid != UUID


def test_one_that_cannot_be_decrypted_is_said_and_can_be_forgotten(connected, client, ana):
    make_access(ana, connected, token_uuid=str(connected.pk))
    Access.objects.update(token_encrypted=ana.password)  # by no key of ours
    assert act(client, connected, "test").status_code == 200
    assert "Forget it only here" in text(act(client, connected, "drop"))
    client.post(f"/profile/access/{connected.pk}/drop/", {"only_here": "yes"})
    assert not Access.objects.exists()


def test_one_for_a_controller_that_was_disconnected_is_forgotten_without_asking_it(
    demo, connected, client, made
):
    disconnect(connected)
    assert f"{connected} disconnected Your token as {made[0]} is kept" in text(client.get(PROFILE))
    assert act(client, connected, "test").status_code == 404
    page = text(act(client, connected, "drop"))
    assert f"Runboard has forgotten your token for {connected}." in page
    assert "disconnected" not in page
    assert not Access.objects.exists()
    assert is_let_in(demo, *made)


def test_a_password_pasted_as_a_token_is_not_kept(demo, connected, client):
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    page = give(client, connected, user, PASSWORD)
    assert "This is a password, not an API token" in text(page)
    assert "have one made by password. Nothing was kept." in text(page)
    assert not Access.objects.exists()


def test_a_password_that_was_kept_as_a_token_fails_its_test(demo, connected, client, ana):
    user, _ = add_person(demo, *BUILDS, password=PASSWORD)
    access = make_access(ana, connected, user=user)
    access.token = PASSWORD
    access.save()
    assert "This is a password, not an API token" in text(act(client, connected, "test"))
    access.refresh_from_db()
    assert access.trouble


def test_a_wrong_password_is_called_one(demo, connected, client):
    page = give(client, connected, "tina", "wrong", by_password=True)
    assert "it does not accept this password for tina. Nothing was kept." in text(page)


def test_the_address_of_the_form_leads_to_the_profile(connected, client):
    answer = client.get(f"/profile/access/{connected.pk}/")
    assert answer["Location"] == "/profile/"


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
    for what in ("test", "drop"):
        assert f"You have no token for {connected} any more." in text(act(other, connected, what))
    assert user not in text(other.get(PROFILE))
    assert Access.objects.exists()


def test_a_viewer_launches_nothing_so_gives_nothing(connected):
    viewer = signed_in(Role.VIEWER)
    assert give(viewer, connected, "a", "b").status_code == 403
    page = text(viewer.get(PROFILE))
    assert "You have no token here." in page
    assert "Launch as yourself" not in page
    assert "You launch as" not in page


def test_who_was_made_a_viewer_launches_no_more_with_a_token_that_is_kept(connected, client, ana):
    make_access(ana, connected)
    assert "You launch as ana" in text(client.get(PROFILE))
    ana.role = Role.VIEWER
    ana.save()
    assert "Your token is kept, as ana" in text(client.get(PROFILE))
    assert "You launch as" not in text(client.get(PROFILE))
