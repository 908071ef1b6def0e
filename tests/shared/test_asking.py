"""Text and numbers from addresses and forms, on any database."""

from __future__ import annotations

import pytest

from dashboard.shared.asking import asked_number, asked_text
from tests.factories import make_job, make_run, signed_in


def test_text_comes_without_nul_and_blanks_around_it():
    assert asked_text({"q": " a\0b "}, "q") == "ab"
    assert asked_text({"q": " a\0b "}, "q", strip=False) == " ab "
    assert asked_text({}, "q") == ""


@pytest.mark.parametrize(("text", "number"), [("12", 12), (" 7 ", 7), ("1\0", 1), ("0", 0)])
def test_a_number_is_read(text, number):
    assert asked_number({"n": text}, "n") == number


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "\u0663", "9" * 19])
def test_what_is_no_number_that_fits_is_none(text):
    assert asked_number({"n": text}, "n") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=%00",
        "/search/?q=a%00%2312",
        "/jobs/?q=a%00&plan=%00",
        "/launch/?plan=%00x",
        "/history/?plan=%00&job=%00&before=%00",
        "/jobs/{job}/launch/?TestPlanName=%00",
        "/jobs/{job}/builds/open/?q=%00",
    ],
)
def test_nul_in_an_address_is_no_error_of_ours(address):
    answer = signed_in().get(address.format(job=make_job().pk))
    assert answer.status_code in (200, 302)


@pytest.mark.django_db
def test_nul_in_why_is_left_out():
    run = make_run()
    signed_in(user=run.owner).post(f"/runs/{run.pk}/abort/", {"why": "wrong\0 plan "})
    run.refresh_from_db()
    assert run.abort_why == "wrong plan"
