"""`manage.py launch`: launch a job from a shell or a pipeline, and wait for its verdict."""

from __future__ import annotations

import sys
import uuid
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.controllers.models import Controller, Job
from dashboard.launching.forms import ParametersForm, asked_of_a_person
from dashboard.launching.launching import launch_run
from dashboard.launching.watching import NO_WORKER, finds_worker, watch
from dashboard.people.models import Role, User
from dashboard.runs.models import Run
from dashboard.runs.noting import why_not_launchable
from dashboard.shared.arguments import text

EXIT_CODES = (
    "Exit codes: 0 passed (also on a rerun), 1 tests failed, broke or unstable, "
    "2 usage or refused by Jenkins, 3 aborted, cancelled, lost or unknown, "
    "70 anything unforeseen, such as a database that does not answer."
)


class Command(BaseCommand):
    help = f"Launch a job on Jenkins; with --follow stream its console to the end. {EXIT_CODES}"
    requires_system_checks = ()  # one that fails exits with 1, as failed tests do

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "job", type=text, metavar="JOB", help="its full name, such as qa/regression"
        )
        parser.add_argument(
            "-p",
            dest="parameters",
            type=text,
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="a parameter of the job; those not named take its defaults",
        )
        parser.add_argument("--follow", action="store_true", help="stream the console to its end")
        parser.add_argument(
            "--as", dest="person", type=text, help="whose run it is (default: first admin)"
        )
        parser.add_argument(
            "--controller", type=text, help="where there are several: its name in Runboard"
        )
        parser.add_argument(
            "--key",
            type=uuid.UUID,
            help="a UUID: the same launch with it again leads to the same run",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = _find_person(options["person"])
        job = _find_job(options["job"], options["controller"])
        key = options["key"] or uuid.uuid4()
        sent_before = Run.objects.filter(uuid=key, owner=person).exists()
        if not sent_before and (why := why_not_launchable(job)):
            _refuse(f"{job}: {why}")
        form = _fill_form(job, options["parameters"])
        try:
            run = launch_run(
                job=job,
                owner=person,
                key=key,
                parameters=form.parameters(),
                secret_values=form.secret_values(),
            )
        except PermissionDenied as error:
            _refuse(str(error))
        address = f"{settings.RUNBOARD_URL}{run.get_absolute_url()}"
        self.stderr.write(f"Run {run.pk}: {job} on {job.controller}, {address}")
        if options["follow"]:
            raise SystemExit(watch(run, sys.stdout, sys.stderr))
        if not finds_worker(run):
            self.stderr.write(NO_WORKER)


def _refuse(why: str) -> NoReturn:
    """Usage errors, and what cannot be launched: exit code 2."""
    raise CommandError(why, returncode=2)


def _find_person(name: str | None) -> User:
    people = User.objects.filter(is_active=True)
    person = (
        people.filter(username=name).first()
        if name
        else people.filter(role=Role.ADMIN).order_by("pk").first()
    )
    if person is None:
        _refuse(f"There is no person called {name}." if name else "There is no admin yet.")
    if not person.may_launch:
        _refuse(f"{person} may not launch: this needs the role tester.")
    return person


def _find_job(full_name: str, controller: str | None) -> Job:
    controllers = Controller.objects.filter(is_enabled=True)
    if controller:
        controllers = controllers.filter(name=controller)
        if not controllers:
            _refuse(f"There is no controller called {controller}.")
    named = Job.objects.filter(controller__in=controllers, full_name=full_name)
    jobs = list(named.select_related("controller"))
    if not jobs:
        _refuse(f"No connected controller has a job {full_name}.")
    if len(jobs) > 1:
        names = ", ".join(job.controller.name for job in jobs)
        _refuse(f"Several controllers have {full_name}: name one by --controller ({names}).")
    return jobs[0]


def _fill_form(job: Job, pairs: list[str]) -> ParametersForm:
    """The launch form of the web page, filled with ``pairs`` and the job's defaults."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            _refuse(f"-p takes NAME=VALUE, not {pair!r}.")
        if name in values:
            _refuse(f"{name} is given twice.")
        values[name] = value
    names = [definition["name"] for definition in asked_of_a_person(job)]
    if unknown := ", ".join(values.keys() - set(names)):
        _refuse(f"{job} has no parameter {unknown}. It has: {', '.join(names) or 'none'}.")
    empty = ParametersForm(job)
    for name, shape in empty.shapes.items():
        if shape == "boolean" and values.get(name, "true").lower() not in ("true", "false"):
            _refuse(f"{name} takes true or false, not {values[name]!r}.")
    data = {
        empty.add_prefix(name): values.get(name, field.initial)
        for name, field in empty.fields.items()
    }
    form = ParametersForm(job, data=data)
    if not form.is_valid():
        _refuse("\n".join(f"{name}: {said}" for name in form.errors for said in form.errors[name]))
    return form
