"""What an admin sets for a job: its trigger token."""

from __future__ import annotations

import pytest

from dashboard.people.models import Role
from tests.factories import make_job, signed_in

pytestmark = pytest.mark.django_db
TOKEN = "open sesame <b>"  # noqa: S105  of a job that exists in tests only


def save(job, **fields):
    return signed_in(Role.ADMIN).post(f"/jobs/{job.pk}/settings/", fields)


def test_a_token_is_kept_encrypted_and_never_shown(caplog):
    job = make_job()
    assert save(job, token=TOKEN).status_code == 303
    job.refresh_from_db()
    assert job.trigger_token == TOKEN
    assert TOKEN not in job.trigger_token_encrypted
    for path in ("settings/", "", "launch/"):
        page = signed_in(Role.ADMIN).get(f"/jobs/{job.pk}/{path}").content.decode()
        assert "open sesame" not in page
    assert (
        "set; type to replace"
        in signed_in(Role.ADMIN).get(f"/jobs/{job.pk}/settings/").content.decode()
    )
    assert "open sesame" not in caplog.text


def test_people_see_that_it_goes_out_without_a_user():
    job = make_job()
    save(job, token=TOKEN)
    page = signed_in(Role.TESTER).get(f"/jobs/{job.pk}/").content.decode()
    assert "without a user" in page
    assert "via Runboard" in page


def test_it_can_be_replaced_and_removed():
    job = make_job()
    for token in ("first", "second"):
        save(job, token=token)
        job.refresh_from_db()
        assert job.trigger_token == token
    assert save(job, remove="yes", token="").status_code == 303
    job.refresh_from_db()
    assert job.trigger_token == job.trigger_token_encrypted == ""


@pytest.mark.parametrize("token", ["", "   ", "x" * 201])
def test_bad_input_changes_nothing(token):
    job = make_job()
    save(job, token="good")  # noqa: S106  made up for this test
    answer = save(job, token=token)
    assert answer.status_code == 422
    assert token.strip() == "" or token not in answer.content.decode()
    job.refresh_from_db()
    assert job.trigger_token == "good"  # noqa: S105  made up for this test


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TESTER, Role.LEAD])
def test_others_neither_see_nor_change_it(role):
    job, client = make_job(), signed_in(role)
    assert client.get(f"/jobs/{job.pk}/settings/").status_code == 403
    assert client.post(f"/jobs/{job.pk}/settings/", {"token": TOKEN}).status_code == 403
    assert f"/jobs/{job.pk}/settings/" not in client.get(f"/jobs/{job.pk}/").content.decode()
    job.refresh_from_db()
    assert job.trigger_token == ""
