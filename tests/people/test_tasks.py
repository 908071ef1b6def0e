"""What signing in leaves behind, and how long."""

import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from config.celery import app
from dashboard.people.tasks import SIGN_INS_KEPT, tidy
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in(client):
    user = make_user()
    form = {"username": user.username, "password": PASSWORD}
    assert client.post("/sign-in/", form).status_code == 302


def test_only_what_can_be_of_use_stays(client):
    sign_in(client)
    tidy()
    assert client.get("/").status_code == 200
    assert (Session.objects.count(), AccessLog.objects.count()) == (1, 1)


def test_what_has_run_out_goes(client):
    sign_in(client)
    Session.objects.update(expire_date=timezone.now())
    AccessLog.objects.update(attempt_time=timezone.now() - SIGN_INS_KEPT)
    tidy()
    assert (Session.objects.count(), AccessLog.objects.count()) == (0, 0)


def test_everything_that_is_done_by_the_clock_is_known_to_workers(settings):
    app.loader.import_default_modules()
    assert {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
    assert "people.tidy" in settings.CELERY_BEAT_SCHEDULE
