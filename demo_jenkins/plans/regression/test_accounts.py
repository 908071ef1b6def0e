"""Accounts: signing up, signing in, forgetting one's password."""

import time

import pytest

PEOPLE = ["ada", "grace", "linus", "margaret", "ken", "barbara"]


@pytest.mark.parametrize("person", PEOPLE)
def test_sign_in(person: str) -> None:
    time.sleep(0.3)
    assert person.isalpha()


@pytest.mark.parametrize("person", PEOPLE)
def test_name_is_shown_with_a_capital(person: str) -> None:
    time.sleep(0.2)
    assert person.title()[0].isupper()


@pytest.mark.parametrize("length", [4, 11, 12, 40])
def test_short_passwords_are_refused(length: int) -> None:
    time.sleep(0.2)
    assert (len("x" * length) >= 12) == (length in (12, 40))


@pytest.mark.skip(reason="needs a mail server")
def test_password_can_be_reset() -> None:
    raise NotImplementedError
