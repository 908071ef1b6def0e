"""Sign-in, sign-out, and what somebody signed out sees."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, make_user, signed_in

pytestmark = pytest.mark.django_db
SIGN_IN, SIGN_OUT, BOARD = "/sign-in/", "/sign-out/", "/"


def sign_in(username: str, password: str = PASSWORD, *, client: Client | None = None, **data):
    form = {"username": username, "password": password} | data
    return (client or Client()).post(SIGN_IN, form)


def test_name_and_password_lead_to_the_board():
    make_user(username="ana")
    assert sign_in("ana")["Location"] == BOARD


def test_it_leads_on_to_the_page_that_was_asked_for():
    make_user(username="ana")
    assert "/runs/12/" in Client().get("/runs/12/")["Location"].replace("%2F", "/")
    assert sign_in("ana", next="/runs/12/")["Location"] == "/runs/12/"


def press(client: Client, path: str, page: str):
    """A button of ``page`` (its whole address) is pressed."""
    return client.post(path, headers={"Referer": page})


def test_a_button_pressed_signed_out_leads_back_to_its_page_which_says_so():
    make_user(username="ana")
    client = Client()
    answer = press(client, "/controllers/1/check/", "http://testserver/history/?q=smoke")
    (page,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
    assert page == "http://testserver/history/?q=smoke"
    assert "was not done" not in client.get(answer["Location"]).content.decode()
    assert sign_in("ana", client=client, next=page)["Location"] == page
    assert "so what you pressed was not done" in client.get(page).content.decode()
    assert "was not done" not in client.get(page).content.decode()


@pytest.mark.parametrize("page", ["", "https://evil.example/", "http://testserver.evil.example/"])
def test_a_button_pressed_on_another_site_leads_to_the_board(page):
    assert press(Client(), "/runs/1/keep/", page)["Location"] == "/sign-in/?next=/"


def test_it_never_leads_to_another_site():
    make_user(username="ana")
    assert sign_in("ana", next="https://example.com/")["Location"] == BOARD


def test_a_wrong_password_says_so_and_keeps_the_name():
    make_user(username="ana")
    page = sign_in("ana", "wrong").content.decode()
    assert "That name and password do not belong together." in page
    assert 'value="ana"' in page
    assert "wrong" not in page.partition("<main")[2].replace("rb-failed", "")


def test_a_name_that_does_not_exist_gets_the_same_answer():
    assert "do not belong together" in sign_in("nobody").content.decode()


def test_too_many_wrong_passwords_pause_sign_in():
    make_user(username="ana")
    for _ in range(10):
        sign_in("ana", "wrong")
    answer = sign_in("ana")
    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.content.decode()


def test_behind_a_proxy_only_the_address_that_guessed_is_paused(settings):
    settings.TRUSTED_PROXIES = 1
    make_user(username="ana")
    guesser, ana = (
        Client(headers={"X-Forwarded-For": f"198.51.100.9, {address}"})
        for address in ("192.0.2.1", "192.0.2.2")
    )
    for _ in range(10):
        sign_in("ana", "wrong", client=guesser)
    assert sign_in("ana", client=guesser).status_code == 429
    assert sign_in("ana", client=ana).status_code == 302


def test_an_address_that_somebody_claims_counts_for_nothing():
    make_user(username="ana")
    for number in range(10):
        client = Client(headers={"X-Forwarded-For": f"192.0.2.{number}"})
        sign_in("ana", "wrong", client=client)
    assert sign_in("ana").status_code == 429


def test_markup_in_a_name_is_text():
    page = sign_in("<script>alert(1)</script>", "wrong").content.decode()
    assert "<script>alert(1)" not in page


def test_somebody_signed_in_goes_straight_on():
    assert signed_in().get(SIGN_IN)["Location"] == BOARD


def test_signing_out_takes_a_post():
    client = signed_in()
    assert client.get(SIGN_OUT).status_code == 405
    assert client.post(SIGN_OUT)["Location"] == reverse("people:sign_in")
    assert client.get(BOARD).status_code == 302


def test_the_header_names_person_and_role():
    user = make_user(first_name="Ana", last_name="Moreau")
    page = signed_in(user=user).get("/search/").content.decode()
    assert 'aria-label="Ana Moreau, tester: profile, keys, sign out">AM<' in page


def test_a_missing_page_says_what_to_try_signed_in_or_out():
    for client in (Client(), signed_in()):
        answer = client.get("/no/such/page/")
        assert answer.status_code == 404
        assert "Nothing is here" in answer.content.decode()


def test_pages_allow_no_inline_script_or_style():
    answer = Client().get(SIGN_IN)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert "style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_an_error_page_needs_nothing_of_the_request(name):
    page = render_to_string(name)  # as Django does it for these two
    assert "What is safe." in page
    assert "Sign out" not in page
