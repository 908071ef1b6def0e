"""`manage.py launch` with a key that was sent before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboard.controllers.models import Job
from dashboard.people.models import Role, User
from dashboard.runs.models import Run
from tests.factories import make_job, make_run, make_user
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
ENDED_RUN = """
from tests.factories import Role, RunState, make_job, make_run, make_user, timezone, write_console
run = make_run(
    make_job(full_name="qa/long"),
    make_user(Role.ADMIN),
    uuid="{key}",
    state=RunState.FINISHED,
    verdict="passed",
    concluded_at=timezone.now(),
    parameters={{"TestPlanName": "smoke", "NoOfReruns": "0"}},
)
write_console(run, b"a line of a long console\\n" * 10_000, has_more=False)
"""


@pytest.fixture
def job() -> Job:
    make_user(Role.ADMIN)
    return make_job()


def launch(job: Job, key: uuid.UUID) -> None:
    call_command("launch", job.full_name, "--key", str(key))


def launched_before(job: Job) -> uuid.UUID:
    """The key of a run that Jenkins has taken, with what the command sends of itself."""
    key, defaults = uuid.uuid4(), {"TestPlanName": "smoke", "NoOfReruns": "0"}
    make_run(job, User.objects.get(), uuid=key, parameters=defaults)
    return key


def test_a_key_leads_to_its_run_after_the_job_was_switched_off(job: Job) -> None:
    key = launched_before(job)
    Job.objects.update(is_disabled=True)
    launch(job, key)
    assert Run.objects.get().uuid == key


def test_a_new_key_does_not_launch_a_job_that_is_switched_off(job: Job) -> None:
    Job.objects.update(is_disabled=True)
    job.switches.create(is_on=False, why="disk full", who=make_user(username="ana"))
    with pytest.raises(CommandError, match=r"off by ana, .* ago: disk full") as refused:
        launch(job, uuid.uuid4())
    assert refused.value.returncode == 2
    assert not Run.objects.exists()


def test_somebody_else_s_key_does_not_launch_it_either(job: Job) -> None:
    key = launched_before(job)
    Job.objects.update(is_disabled=True)
    other = make_user(Role.TESTER)
    with pytest.raises(CommandError, match="is switched off"):
        call_command("launch", job.full_name, "--key", str(key), "--as", other.username)


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_who_stops_reading_ends_it_silently_and_with_no_verdict(
    tmp_path: Path, closed: str
) -> None:
    database = f"sqlite:///{tmp_path / 'runboard.sqlite3'}"

    def manage(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=os.environ | {"RUNBOARD_STATE": str(tmp_path), "DATABASE_URL": database},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    key = str(uuid.uuid4())
    for made in (("migrate",), ("shell", "-c", ENDED_RUN.format(key=key))):
        _, trouble = manage(*made).communicate()
        assert not trouble
    with manage("launch", "qa/long", "--key", key, "--follow") as command:
        assert command.stderr.readline().startswith("Run 1: qa/long")
        getattr(command, closed).close()
        left = (command.stderr if closed == "stdout" else command.stdout).read()
    assert command.returncode == 128 + signal.SIGPIPE
    assert set(left.splitlines()) <= {"a line of a long console"}
