"""Jenkins's words that count down are no news with each second."""

from __future__ import annotations

import json

import pytest

from dashboard.runs.models import Run
from dashboard.runs.seeing import only_counts_down
from dashboard.runs.states import RunState
from tests.demo import sweep_once
from tests.factories import make_controller, make_job, make_run
from tests.jenkins_api.raw_server import reply

BLOCKED = "Build #41 is already in progress (ETA: {})"
GERMAN = "Build #41 läuft bereits (voraussichtliche Dauer: {})"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BLOCKED.format("29 sec"), BLOCKED.format("9.8 sec")),
        (BLOCKED.format("1 min 0 sec"), BLOCKED.format("59 sec")),
        (BLOCKED.format("1 day 0 hr"), BLOCKED.format("23 hr")),
        (GERMAN.format("29 Sekunden"), GERMAN.format("7,9 Sekunden")),
        (GERMAN.format("1 Minute 0 Sekunden"), GERMAN.format("59 Sekunden")),
        (GERMAN.format("1 Std. 2 Min."), GERMAN.format("59 Min.")),
        ("ビルド #41 は進行中 (残り1分2秒)", "ビルド #41 は進行中 (残り59秒)"),
        ("Noch 29 Sekunden", "Noch 28 Sekunden"),
    ],
)
def test_a_countdown_goes_on(old, new):
    assert only_counts_down(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BLOCKED.format("29 sec"), BLOCKED.format("N/A")),
        (BLOCKED.format("29 sec"), BLOCKED.format("29 sec").replace("#41", "#42")),
        (BLOCKED.format("29 sec"), GERMAN.format("29 Sekunden")),
        (BLOCKED.format("29 sec"), "Waiting for next available executor"),
        ("‘farm-3’ is offline", "‘farm-4’ is offline"),
        ("Waiting for next available executor on farm-3", "Waiting for next available executor"),
        ("", BLOCKED.format("29 sec")),
    ],
)
def test_anything_else_is_news(old, new):
    assert not only_counts_down(old, new)


@pytest.mark.django_db
def test_a_run_that_waits_for_another_build_is_news_once_and_when_that_changes(raw):
    told = [BLOCKED.format(f"{s} sec") for s in (30, 29, 28)] + [GERMAN.format("28 Sekunden")]
    item = {
        "_class": "hudson.model.Queue$BlockedItem", "id": 7, "blocked": True,
        "inQueueSince": 1_795_545_233_540, "task": {"url": "http://ci/job/qa/job/smoke/"},
    }  # fmt: skip
    idle = {"computer": [], "busyExecutors": 0, "totalExecutors": 2}
    answers = [each for why in told for each in ({"items": [item | {"why": why}]}, idle)]
    controller = make_controller(url=raw(*(_answer(each) for each in answers)).url)
    job = make_job(controller, full_name="qa/smoke")
    run = make_run(job, state=RunState.QUEUED, queue_id=7)
    seen = []
    for _ in told:
        sweep_once(controller)
        now = Run.objects.get(pk=run.pk)
        seen.append((now.version - run.version, now.queue_why))
    assert seen == [(1, told[0])] * 3 + [(2, told[3])]


def _answer(body):
    return reply(200, json.dumps(body).encode())
