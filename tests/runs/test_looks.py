"""What tags show of a run."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.runs.templatetags.looks import progress
from tests.factories import make_controller, make_job, make_run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("elapsed", "estimated", "words"),
    [
        (timedelta(0), timedelta(hours=3), "about 3 h left"),
        (timedelta(0), timedelta(minutes=12), "about 12 min left"),
        (timedelta(0), timedelta(seconds=59), "less than a minute left"),
        (timedelta(hours=2.5), timedelta(hours=1), "1 h over the estimate"),
        (timedelta(minutes=12.5), timedelta(minutes=5), "7 min over the estimate"),
    ],
)
def test_what_is_left_of_an_estimate_is_said_as_clocks_js_says_it(elapsed, estimated, words):
    estimated_ms = estimated // timedelta(milliseconds=1)
    run = make_run(started_at=timezone.now() - elapsed, estimated_ms=estimated_ms)
    assert progress(run)["left"] == words


@pytest.mark.parametrize(
    ("elapsed_min", "estimated_min", "is_late"),
    [(14, 10, False), (16, 10, True), (1.9, 1, False), (2.1, 1, True), (60, None, False)],
)
def test_a_build_far_over_its_estimate_is_late(elapsed_min, estimated_min, is_late):
    run = make_run(
        started_at=timezone.now() - timedelta(minutes=elapsed_min),
        estimated_ms=estimated_min and estimated_min * 60_000,
    )
    assert progress(run)["is_late"] == is_late


@pytest.mark.parametrize("fields", [{"waits_for_input": True}, {"controller": "away"}])
def test_a_build_that_stands_still_is_not_late(fields):
    away = make_controller(unreachable_since=timezone.now(), answered_at=timezone.now())
    job = make_job(away) if fields.pop("controller", "") else None
    started_at = timezone.now() - timedelta(hours=1)
    run = make_run(job, started_at=started_at, estimated_ms=60_000, **fields)
    assert progress(run)["is_still"]
    assert not progress(run)["is_late"]
