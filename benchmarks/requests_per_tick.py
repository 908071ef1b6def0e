"""Requests to Jenkins per tick at 1, 100 and 1,000 active runs, counted by the controller.

Thirty runs have builds that really run, the others wait in Jenkins's queue.
"""

from __future__ import annotations

import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.db import connection

from benchmarks.setting_up import report
from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller, Job
from dashboard.people.models import User
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from jenkins_api import Jenkins
from tests.demo import Demo, connect, sweep_once, wait_until
from tests.factories import make_run, make_user

ACTIVE = (1, 100, 1_000)
EXECUTORS = 30
TICKS = 3
MOST_PER_TICK = 3


def main() -> int:
    """Launch, let the controller settle, and count what three ticks ask of it."""
    call_command("migrate", verbosity=0)
    with TemporaryDirectory() as home:
        demo = Demo(Path(home) / "home", "--executors", str(EXECUTORS))
        demo.start()
        try:
            return _measure(demo)
        finally:
            demo.stop()


def _measure(demo: Demo) -> int:
    demo.make_job("sleeps", "exec sleep 900", parameters=("TestPlanName",))
    controller, owner = connect(demo), make_user()
    sync_catalogue(controller)
    counted: dict[str, list[int]] = {}
    for wanted in ACTIVE:
        _launch_until(wanted, controller, owner)
        counted[str(wanted)] = [_requests_of_a_tick(demo, controller) for _ in range(TICKS)]
    same = len({requests for ticks in counted.values() for requests in ticks}) == 1
    return report(
        "requests per tick",
        requests_by_active_runs=counted,
        running=Run.objects.filter(state=RunState.RUNNING).count(),
        bound=f"the same number at {', '.join(map(str, ACTIVE))} active runs, <= {MOST_PER_TICK}",
        holds=same and max(max(ticks) for ticks in counted.values()) <= MOST_PER_TICK,
    )


def _launch_until(wanted: int, controller: Controller, owner: User) -> None:
    """Have ``wanted`` active runs, and wait until a tick finds all of them where they stay."""
    gpu, sleeps = (controller.jobs.get(full_name=name) for name in ("qa/gpu", "sleeps"))
    there = Run.objects.in_jenkins().count()
    running = range(there, EXECUTORS) if wanted > 1 else range(0)
    jobs = [sleeps] * len(running) + [gpu] * (wanted - there - len(running))
    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(lambda job: _start(controller, job), jobs))
    for job, queue_id in zip(jobs, refs, strict=True):
        make_run(job, owner, state=RunState.QUEUED, queue_id=queue_id, build_number=None)

    def all_stand_still() -> bool:
        sweep_once(controller)
        waiting = Run.objects.filter(state=RunState.QUEUED, job=sleeps)
        unseen = Run.objects.in_jenkins().filter(state=RunState.QUEUED, job=gpu, queue_kind="")
        return not waiting.exists() and not unseen.exists()

    wait_until(all_stand_still, within_s=120)


def _start(controller: Controller, job: Job) -> int:
    with Jenkins(controller.url, user=controller.user, token=controller.token) as jenkins:
        return jenkins.start_build(job.full_name, {"TestPlanName": str(uuid.uuid4())}).queue_id


def _requests_of_a_tick(demo: Demo, controller: Controller) -> int:
    demo.post("demo/requests/reset")
    sweep_once(controller)
    kinds = demo.get("demo/requests").json()["kinds"]
    return sum(count for kind, count in kinds.items() if "demo/" not in kind)


if __name__ == "__main__":
    code = main()
    connection.close()
    sys.exit(code)
