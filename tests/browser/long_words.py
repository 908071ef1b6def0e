"""A state in which all that people and Jenkins write has no place to break: its pages' paths."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboard.people.models import Role, User
from dashboard.runs.models import Run
from dashboard.runs.states import RunState, Verdict
from tests.factories import (
    make_access,
    make_controller,
    make_job,
    make_run,
    make_user,
    write_console,
)

WORD = "x" * 150
URL = "https://wiki.example.com/" + "why-it-is-so/" * 12
NOW = timezone.now()


def main() -> None:
    """Make the rows, and print the path of each page to look at, as JSON."""
    owner = make_user(username="o" * 100)
    reader = User.objects.get(role=Role.ADMIN)
    away = make_controller(
        name="c" * 60, user="u" * 60, unreachable_since=NOW, trouble=URL, version="2.528.2"
    )
    make_access(reader, away, user=WORD[:100], trouble=URL)
    job = make_job(away, full_name=f"{'f' * 80}/{'j' * 80}", description=WORD, builds_trouble=URL)
    off = make_job(away, full_name=f"{'f' * 80}/off", description=URL, is_disabled=True)
    off.switches.create(is_on=False, why=WORD, who=owner)
    gone = make_job(away, full_name=f"{'f' * 80}/gone", gone_at=NOW - timedelta(minutes=8))

    def run(**fields: Any) -> Run:
        fields = {"plan": WORD, "parameters": {"TestPlanName": WORD, WORD[:90]: URL}} | fields
        made = make_run(job, owner, sent_as="u" * 60, **fields)
        made.note(URL, who=owner)
        return made

    ended = {"state": RunState.FINISHED, "started_at": NOW, "finished_at": NOW, "duration_ms": 9}
    failed = run(
        **ended,
        verdict=Verdict.TESTS_FAILED,
        build_result="FAILURE",
        concluded_at=NOW,
        node=WORD,
        build_causes=[URL],
        tests_total=1,
        tests_failed=1,
    )
    failed.cases.create(rank=0, outcome="failed", name=WORD, suite=WORD, message=URL, trace=WORD)
    asked = {"abort_asked_at": NOW, "abort_asked_by": owner, "abort_why": WORD}
    waits = {"state": RunState.QUEUED, "queue_why": URL, "queue_kind": "BuildableItem"}
    step = {"queue_why": f"{WORD} {URL}", "queue_kind": "BuildableItem"}
    asking = run()
    write_console(asking, f"{WORD}\n{URL}: ".encode())
    paths = {
        "job": f"/jobs/{job.pk}/",
        "switched off": f"/jobs/{off.pk}/",
        "gone": f"/jobs/{gone.pk}/",
        "launch": f"/jobs/{job.pk}/launch/",
        "again": f"/runs/{failed.pk}/again/",
        "switch": f"/jobs/{job.pk}/switch/",
        "settings": f"/jobs/{job.pk}/settings/",
        "jobs": "/jobs/",
        "history": f"/history/?plan={WORD}&job={job.pk}",
        "search": "/search/?q=x",
        "nothing found": f"/search/?q={WORD}y",
        "board": "/",
        "controllers": "/controllers/",
        "controller": f"/controllers/{away.pk}/",
        "disconnect": f"/controllers/{away.pk}/disconnect/",
        "profile": "/profile/",
        "abort": f"/runs/{run().pk}/abort/",
        "console": f"/runs/{asking.pk}/",
        "aborted": f"/runs/{run(**ended, **asked, verdict=Verdict.ABORTED).pk}/",
        "waiting": f"/runs/{run(**waits).pk}/",
        "step waits": f"/runs/{run(**step).pk}/",
        "unknown": f"/runs/{run(state=RunState.UNKNOWN).pk}/",
    }
    tabs = {name: f"/runs/{failed.pk}/{name}/" for name in ("tests", "parameters", "timeline")}
    sys.stdout.write(json.dumps(paths | tabs))
