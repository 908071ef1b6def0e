"""Runs whose queue item and job Jenkins does not show to our account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.launching.settling import adopt_build
from dashboard.runs import seeing
from dashboard.runs.models import Run, SentHow
from dashboard.runs.states import RunState
from tests.demo import sweep_once
from tests.factories import make_controller, make_job, make_run, signed_in
from tests.jenkins_api.raw_server import reply
from tests.runs.test_following import whys
from tests.runs.test_leases import NO_EXECUTORS, NO_QUEUE

pytestmark = pytest.mark.django_db

NOT_FOUND, FORBIDDEN, NO_TOKEN = (
    reply(status, b"<title>Jenkins</title>", kind="text/html") for status in (404, 403, 401)
)
OWN = {"sent_as": "ana", "sent_how": SentHow.OWN}
BY_TRIGGER = {"sent_as": "", "sent_how": SentHow.TRIGGER}


def missed_run(server, **fields):
    """A queued run that no sweep has seen for longer than the grace."""
    job = make_job(make_controller(name="eu", url=server.url), full_name="qa/x")
    long_ago = timezone.now() - seeing.GRACE * 2
    waits = {"state": RunState.QUEUED, "queue_id": 7, "queued_at": long_ago, "missed_at": long_ago}
    return make_run(job, **waits | fields)


def swept(run):
    sweep_once(run.controller)
    return Run.objects.select_related("controller", "job").get(pk=run.pk)


def test_one_that_we_launched_ourselves_has_vanished_with_its_job(raw):
    run = swept(missed_run(raw(NO_QUEUE, NO_EXECUTORS, NOT_FOUND)))
    assert (run.state, run.build_result, run.console_is_complete) == (RunState.FINISHED, "", True)
    assert whys(run)[-1] == "Jenkins has neither queue item 7 nor the job qa/x any more."


@pytest.mark.parametrize("hidden", [NOT_FOUND, FORBIDDEN], ids=["404", "403"])
@pytest.mark.parametrize("sent", [OWN, BY_TRIGGER], ids=["own token", "trigger token"])
def test_one_that_another_account_launched_may_well_run(raw, hidden, sent):
    run = swept(missed_run(raw(NO_QUEUE, NO_EXECUTORS, hidden), **sent))
    assert run.state == RunState.UNKNOWN
    page = signed_in().get(run.get_absolute_url()).content.decode()
    assert "eu took it, as item 7, and does not show it to svc-qa, Runboard’s account" in page
    assert "queue item 7, not shown to svc-qa" in page
    assert "restart" not in page


def test_one_that_we_may_not_read_any_more_is_not_lost(raw):
    run = swept(missed_run(raw(NO_QUEUE, NO_EXECUTORS, FORBIDDEN)))
    assert run.state == RunState.UNKNOWN


def test_it_may_only_be_late(raw):
    run = swept(missed_run(raw(NO_QUEUE, NO_EXECUTORS, NOT_FOUND), missed_at=None, **OWN))
    assert run.state == RunState.QUEUED
    assert timezone.now() - run.missed_at < timedelta(minutes=1)


def test_a_401_is_about_the_account_and_ends_no_run(raw):
    run = swept(missed_run(raw(NO_QUEUE, NO_EXECUTORS, NO_TOKEN)))
    assert run.state == RunState.QUEUED


@pytest.mark.parametrize("hidden", [NOT_FOUND, FORBIDDEN], ids=["404", "403"])
def test_the_build_that_a_person_names_may_be_hidden_too(raw, hidden):
    run = swept(missed_run(raw(NO_QUEUE, NO_EXECUTORS, hidden, hidden), **OWN))
    run.controller.url = raw(NO_QUEUE, NO_EXECUTORS, hidden).url
    run.controller.save()
    adopt_build(run, 12, who=run.owner)
    run = swept(run)
    assert run.state == RunState.UNKNOWN
    assert whys(run)[-1] == "Jenkins has no build 12 of qa/x, or does not show it to svc-qa."
    page = signed_in().get(run.get_absolute_url()).content.decode()
    assert "eu took it, and does not show it to svc-qa" in page
