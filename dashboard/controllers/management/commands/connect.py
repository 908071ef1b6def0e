"""`manage.py connect`: connect a Jenkins controller, or change how we sign in there."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.controllers.addresses import is_same_address, warn_of_twins
from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.checking import learn_rights
from dashboard.controllers.connecting import connect, explain
from dashboard.controllers.forms import ControllerForm
from dashboard.controllers.models import Controller
from dashboard.shared.arguments import text
from jenkins_api import JenkinsError


class Command(BaseCommand):
    help = (
        "Connect a Jenkins controller: test the address, user and API token, keep them "
        "(the token encrypted) and read its jobs. Again with the same NAME changes them; "
        "before its jobs and runs move to another address, it asks."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for name, what in (
            ("name", "what Runboard calls the controller"),
            ("url", "its address, with any base path"),
            ("user", "the Jenkins user that Runboard acts as"),
        ):
            parser.add_argument(name, type=text, metavar=name.upper(), help=what)
        parser.add_argument(
            "--token-file", type=Path, metavar="FILE", help="read the API token from FILE"
        )
        parser.add_argument(
            "--password",
            action="store_true",
            help="it is a password and no token: Jenkins then asks for a crumb with each launch",
        )
        parser.add_argument(
            "--yes", action="store_true", help="change the address of a controller without asking"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kept = Controller.objects.filter(name=options["name"].strip()).first()
        old_url = kept.url if kept else ""  # the form writes into what it is given
        controller = _fill_form(options, kept).controller()
        if kept and not options["yes"]:
            _ask_to_move(controller, old_url)
        _connect(controller)
        try:
            jobs = sync_catalogue(controller)
        except JenkinsError as error:
            raise CommandError(f"Connected, but its jobs: {explain(error)}") from error
        learn_rights(controller)
        self._tell(controller)
        self.stdout.write(f"{controller.name} is connected: {jobs} jobs.")
        if warning := warn_of_twins(controller):
            self.stderr.write(warning)

    def _tell(self, controller: Controller) -> None:
        """What the check found."""
        controller.refresh_from_db()
        for step in controller.check_steps:
            self.stdout.write(f"{step['said']}.")
            if step["advice"]:
                self.stdout.write(f"  {step['advice']}")


def _fill_form(options: dict[str, Any], controller: Controller | None) -> ControllerForm:
    """The form of the web page, valid."""
    given = {name: options[name] for name in ("name", "url", "user")}
    secret = {"secret": _read_secret(options), "by_password": options["password"]}
    form = ControllerForm(given | secret, instance=controller)
    if not form.is_valid():
        raise CommandError(
            "\n".join(f"{name}: {said}" for name in form.errors for said in form.errors[name])
        )
    return form


def _connect(controller: Controller) -> None:
    examination = connect(controller)
    if examination.error:
        failed = examination.failed_step
        raise CommandError(f"Not connected. {failed.said.rstrip('.')}. {failed.advice}")


def _ask_to_move(controller: Controller, old_url: str) -> None:
    """Go on only where somebody wants its jobs and runs to be those of another address."""
    if is_same_address(controller.url, old_url) or not controller.jobs.exists():
        return
    move = f"{controller} is {old_url}: its jobs and runs would be those of {controller.url}"
    if not sys.stdin.isatty():
        raise CommandError(f"{move}. Say so by --yes, or take another name.")
    try:
        answer = input(f"{move}. Change it? [y/N] ")
    except EOFError:  # Ctrl-D
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was changed.")


def _read_secret(options: dict[str, Any]) -> str:
    """The token or password, never from the command line: others on a machine can read that."""
    file: Path | None = options["token_file"]
    try:
        if file is None:
            asked = "Password: " if options["password"] else "API token: "
            secret = text(getpass.getpass(asked)).strip()
        else:
            secret = file.read_text("utf-8-sig").strip()
    except EOFError as error:  # Ctrl-D
        raise CommandError("Nothing was changed.") from error
    except (UnicodeDecodeError, ArgumentTypeError) as error:
        raise CommandError(f"{file or 'The token'}: not text in UTF-8") from error
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    if len(secret.splitlines()) != 1:
        found = "several lines" if secret else "nothing"
        raise CommandError(f"{file or 'What was typed'}: {found}, where one token should be")
    return secret
