"""Silences and refusals are counted apart; only refusals in a row end the asking."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.controllers.connecting import note_answer, note_trouble
from dashboard.controllers.models import Controller
from jenkins_api import NotAuthorised, NotSent, Unavailable, UnexpectedAnswer
from tests.factories import make_controller

pytestmark = pytest.mark.django_db

SILENT = NotSent("refused", url="http://eu.example")
REFUSED = NotAuthorised("401", url="http://eu.example", status=401)


@pytest.mark.parametrize(
    ("troubles", "is_given_up"),
    [
        ([REFUSED, REFUSED, REFUSED], True),
        ([REFUSED, REFUSED], False),
        ([SILENT, SILENT, REFUSED], False),
        ([REFUSED, REFUSED, SILENT, REFUSED], False),
        ([SILENT] * 9, False),
    ],
)
def test_only_three_refusals_in_a_row_end_the_asking(troubles, is_given_up):
    controller = make_controller()
    for trouble in troubles:
        note_trouble(controller, trouble)
    assert controller.is_away
    assert (controller.refused_since is not None) == is_given_up


@pytest.mark.parametrize(
    ("asked_s", "least_s", "most_s"), [(None, 0, 60), (0, 0, 60), (120, 60, 120), (9**9, 240, 300)]
)
@pytest.mark.parametrize(("kind", "status"), [(Unavailable, 503), (UnexpectedAnswer, 429)])
def test_it_is_asked_again_when_it_says_within_limits(kind, status, asked_s, least_s, most_s):
    controller = make_controller()
    error = kind("busy", url="http://eu.example", status=status, retry_after_s=asked_s)
    note_trouble(controller, error)
    wait = controller.sweep_due_at - timezone.now()
    assert timedelta(seconds=least_s) < wait <= timedelta(seconds=most_s)


def test_an_answer_ends_all_of_it():
    controller = make_controller()
    for _ in range(3):
        note_trouble(controller, REFUSED)
    Controller.objects.update(sweep_due_at=timezone.now() - timedelta(hours=1))
    note_answer(controller, version="2.579")
    assert (controller.is_away, controller.refused_since) == (False, None)
    assert controller.unfollowed_since is None  # nobody was to ask it
    assert (controller.failures, controller.refusals, controller.trouble) == (0, 0, "")


def test_going_away_and_being_given_up_are_news_and_more_of_the_same_is_not():
    controller = make_controller()
    news = []
    for _ in range(4):
        note_trouble(controller, REFUSED)
        news.append(controller.news)
    assert news == [1, 1, 2, 2]
    assert controller.sweep_due_at > timezone.now()
