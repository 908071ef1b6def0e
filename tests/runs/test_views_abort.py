"""Abort: one question, and who may ask for it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.people.models import Role
from dashboard.runs.models import Run
from dashboard.runs.noting import NONE_OF_OURS
from dashboard.runs.states import RunState
from tests.factories import make_run, make_user, signed_in

pytestmark = pytest.mark.django_db


def at(run: Run) -> str:
    return reverse("runs:abort", args=[run.pk])


def test_the_question_names_the_run_and_asks_why():
    run = make_run(plan="checkout", build_number=612)
    page = signed_in().get(at(run)).content.decode()
    assert f"Abort checkout {run.pk}?" in page
    assert "Build 612" in page
    assert 'name="why"' in page


def test_the_dialog_follows_from_the_queue_to_the_build():
    run, client = make_run(state=RunState.QUEUED), signed_in()
    page = client.get(run.get_absolute_url()).content.decode()
    assert "to take it out of its queue" in page
    run.move_to(RunState.RUNNING, why="It left the queue.", build_number=612)
    address = reverse("runs:header", args=[run.pk])
    answer = client.get(address, {"seen": "0"}, headers={"HX-Request": "true"})
    news = answer.content.decode()
    assert 'id="abort-what" hx-swap-oob="true">Build 612 of' in news


def test_one_that_jenkins_made_one_with_a_launch_of_somebody_else_warns_of_it():
    run, alone = make_run(state=RunState.QUEUED), make_run(state=RunState.QUEUED)
    run.note(f"Jenkins took it: 303, queue item 7. {NONE_OF_OURS}")
    joined = make_run(run.job, state=RunState.QUEUED, joined_to=run)
    for shared, asked in ((True, run), (True, joined), (False, alone)):
        page = signed_in().get(at(asked)).content.decode()
        assert ("Somebody else’s launch was waiting already" in page) is shared


def test_the_question_names_all_that_end_with_it_whichever_one_aborts():
    ana, ben = make_user(first_name="Ana"), make_user(first_name="Ben")
    first = make_run(state=RunState.QUEUED, owner=ana)
    second = make_run(first.job, state=RunState.QUEUED, owner=ben, joined_to=first)
    ended = make_run(first.job, state=RunState.CANCELLED, joined_to=first)
    page = signed_in().get(at(first)).content.decode()
    assert f"Jenkins made it one with run {second.pk} (Ben): it ends, too." in page
    assert f"run {ended.pk}" not in page
    page = signed_in().get(at(second)).content.decode()
    assert f"Jenkins made it one with run {first.pk} (Ana): it ends, too." in page


def test_of_many_that_end_with_it_the_question_names_five():
    first = make_run()
    others = [make_run(first.job, joined_to=first, build_number=None) for _ in range(7)]
    page = signed_in().get(at(first)).content.decode()
    assert f"run {others[4].pk} ({others[4].owner}) and 2 more: they end, too." in page
    assert f"run {others[5].pk}" not in page


def test_alone_in_its_build_it_says_nothing_of_others():
    assert "Jenkins made it one" not in signed_in().get(at(make_run())).content.decode()


def test_an_abort_keeps_who_and_why_and_leads_back_to_the_run():
    ana, run = make_user(first_name="Ana"), make_run()
    answer = signed_in(user=ana).post(at(run), {"why": "wrong branch"})
    assert answer["Location"] == run.get_absolute_url()
    run.refresh_from_db()
    assert run.abort_asked_by == ana
    assert run.abort_why == "wrong branch"


def test_a_run_that_was_not_sent_is_cancelled_at_once():
    run = make_run(state=RunState.ACCEPTED)
    signed_in().post(at(run))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_a_second_abort_says_that_it_is_too_late():
    run, client = make_run(state=RunState.FINISHED), signed_in()
    page = client.post(at(run), follow=True).content.decode()
    assert "This run has ended, there is nothing to abort." in page


def test_an_abort_that_another_one_came_before_which_was_refused_asks_for_another_try():
    ana, client = make_user(), signed_in()
    run = make_run(abort_asked_at=timezone.now(), abort_asked_by=ana)

    def refuse_the_first_after_the_second(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and "abort_why" in sql:
            Run.objects.filter(pk=run.pk).update(abort_asked_at=None, abort_asked_by=None)
        return answer

    with connection.execute_wrapper(refuse_the_first_after_the_second):
        answer = client.post(at(run))
    assert "Press Abort again." in client.get(answer["Location"]).content.decode()


def test_an_abort_of_a_run_of_which_nobody_knows_says_so():
    run, client = make_run(state=RunState.UNKNOWN), signed_in()
    page = client.post(at(run), follow=True).content.decode()
    assert "Whether there is a build to abort is not known: that is decided first." in page
    run.refresh_from_db()
    assert run.abort_asked_at is None


def test_the_question_about_an_ended_run_says_that_there_is_nothing_to_abort():
    page = signed_in().get(at(make_run(state=RunState.FINISHED))).content.decode()
    assert "there is nothing to abort" in page
    assert 'name="why"' not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_may_not(method):
    run = make_run()
    answer = getattr(signed_in(Role.VIEWER), method)(at(run))
    assert answer.status_code == 403
    assert "This needs the role tester." in answer.content.decode()
    run.refresh_from_db()
    assert run.abort_asked_at is None


def test_signed_out_nothing_is_aborted():
    run = make_run()
    assert Client().post(at(run))["Location"].startswith(reverse("people:sign_in"))
    run.refresh_from_db()
    assert run.abort_asked_at is None


def test_a_missing_run():
    assert signed_in().post(reverse("runs:abort", args=[404])).status_code == 404


def test_a_form_of_another_site_is_refused_and_says_what_to_do():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")
    answer = client.post(at(make_run()))
    assert answer.status_code == 403
    assert "load that page again" in answer.content.decode()
