"""What a demo shows: its people, its controller and, at the first start, a few real runs."""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from config.demo.processes import JENKINS_READY
from config.keys import key_from_file
from dashboard.people.models import Role, User
from dashboard.runs.models import Run

PASSWORD_FILE = settings.STATE / "keys" / "demo_password"
# Who launches what: the short ones first, so that the board soon has verdicts
RUNS = (
    ("tester", "qa/regression", "-p", "TestPlanName=smoke"),
    ("lead", "qa/regression", "-p", "TestPlanName=flaky", "-p", "NoOfReruns=2"),
    ("tester", "qa/regression", "-p", "TestPlanName=failing"),
    ("admin", "qa/nightly"),
    ("lead", "qa/regression", "-p", "TestPlanName=unstable", "-p", "NoOfReruns=1"),
    ("admin", "qa/regression", "-p", "TestPlanName=regression", "-p", "NoOfReruns=1"),
)


def make_people() -> str:
    """The four demo people, one for each role; their password."""
    kept = PASSWORD_FILE.read_text().strip() if PASSWORD_FILE.exists() else ""
    given = settings.DEMO_PASSWORD
    password = given or key_from_file(PASSWORD_FILE, lambda: secrets.token_urlsafe(9))
    for role in Role:
        person, is_new = User.objects.get_or_create(
            username=role.label.lower(), defaults={"first_name": role.label, "role": role}
        )
        if is_new or kept != password:
            person.set_password(password)
            person.save()
    if given:
        PASSWORD_FILE.unlink(missing_ok=True)
        key_from_file(PASSWORD_FILE, lambda: given)
    return password


def connect_controller() -> None:
    """Connect the demo controller as `demo`, where it listens now, and read its jobs."""
    ready = json.loads(JENKINS_READY.read_text())
    token_file: Path = settings.STATE / "keys" / "demo_token"
    token_file.unlink(missing_ok=True)
    key_from_file(token_file, lambda: ready["token"])
    call_command(
        *("connect", "demo", ready["url"], ready["user"], "--token-file", str(token_file)),
        "--yes",  # the same controller, maybe on another port this time
        stdout=io.StringIO(),
    )


def launch_first_runs() -> None:
    """Launch a few runs as the demo people, where there has been none."""
    if Run.objects.exists():
        return
    for person, job, *parameters in RUNS:
        call_command("launch", job, *parameters, "--as", person, stderr=io.StringIO())
