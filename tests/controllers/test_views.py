"""*Check now*: somebody asks a controller and is told what it answered."""

from __future__ import annotations

import socket

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.people.models import Role
from tests.factories import make_controller, signed_in

pytestmark = pytest.mark.django_db


def check(controller, client: Client, **headers: str):
    return client.post(f"/controllers/{controller.pk}/check/", headers=headers)


def said(client: Client) -> str:
    return client.get("/jobs/").content.decode()


def closed_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_controller_that_answers_is_well_again(connected):
    connected.unreachable_since = timezone.now()
    connected.save()
    client = signed_in(Role.ADMIN)
    answer = check(connected, client, Referer="http://testserver/history/?mine=true")
    assert (answer.status_code, answer["Location"]) == (303, "http://testserver/history/?mine=true")
    assert f"{connected} answered in" in said(client)
    connected.refresh_from_db()
    assert connected.unreachable_since is None


def test_a_controller_that_is_down_is_told():
    controller = make_controller(url=f"http://127.0.0.1:{closed_port()}/")
    client = signed_in(Role.ADMIN)
    assert check(controller, client)["Location"] == "/"
    controller.refresh_from_db()
    assert controller.unreachable_since
    assert controller.trouble in said(client)


def test_a_wrong_token_is_told(connected):
    connected.token = made_up = f"made-up-{connected.pk}"
    connected.save()
    client = signed_in(Role.ADMIN)
    check(connected, client)
    connected.refresh_from_db()
    assert connected.is_away
    assert "does not accept the user and API token" in said(client)
    assert made_up not in said(client)


def test_one_never_lands_on_somebody_elses_site():
    controller = make_controller(url=f"http://127.0.0.1:{closed_port()}/")
    client = signed_in(Role.ADMIN)
    assert check(controller, client, Referer="https://evil.example/")["Location"] == "/"


@pytest.mark.parametrize("role", [Role.TESTER, Role.LEAD])
def test_who_launches_may_ask(role, connected):
    assert check(connected, signed_in(role)).status_code == 303
    connected.refresh_from_db()
    assert connected.checked_at


def test_a_viewer_may_not():
    controller = make_controller()
    assert check(controller, signed_in(Role.VIEWER)).status_code == 403
    controller.refresh_from_db()
    assert controller.checked_at is None


def test_missing_hidden_signed_out_and_by_get():
    hidden, controller = make_controller(is_enabled=False), make_controller()
    admin = signed_in(Role.ADMIN)
    assert check(hidden, admin).status_code == 404
    assert admin.post("/controllers/999999/check/").status_code == 404
    assert admin.get(f"/controllers/{controller.pk}/check/").status_code == 405
    assert check(controller, Client()).status_code == 302
