"""What tags show of a run."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.runs.templatetags.looks import progress
from tests.factories import make_run

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
