"""`manage.py connect`: connect a Jenkins controller, or change how we sign in there."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.connecting import client_for, explain
from dashboard.controllers.models import Controller
from jenkins_api import JenkinsError


class Command(BaseCommand):
    help = (
        "Connect a Jenkins controller: test the address, user and API token, keep them "
        "(the token encrypted) and read its jobs. Again with the same NAME changes them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what Runboard calls the controller")
        parser.add_argument("url", metavar="URL", help="its address, with any base path")
        parser.add_argument("user", metavar="USER", help="the Jenkins user that Runboard acts as")
        parser.add_argument(
            "--token-file", type=Path, metavar="FILE", help="read the API token from FILE"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        controller = Controller.objects.filter(name=options["name"]).first()
        controller = controller or Controller(name=options["name"])
        controller.url, controller.user = options["url"], options["user"]
        controller.token = _read_token(options["token_file"])
        self._test(controller)
        controller.unreachable_since = controller.refused_since = None
        controller.failures, controller.trouble = 0, ""
        controller.sweep_due_at = timezone.now()
        controller.is_enabled = True
        controller.save()
        try:
            jobs = sync_catalogue(controller)
        except JenkinsError as error:
            raise CommandError(f"Connected, but its jobs: {explain(error)}") from error
        self.stdout.write(f"{controller.name} is connected: {jobs} jobs.")

    def _test(self, controller: Controller) -> None:
        """Nothing is kept that does not work."""
        try:
            with client_for(controller) as jenkins:
                status = jenkins.is_up()
                identity = jenkins.whoami()
        except ValueError as error:  # no address of a Jenkins
            raise CommandError(f"Not connected: {error}.") from error
        except JenkinsError as error:
            raise CommandError(f"Not connected. {explain(error)}") from error
        controller.version = status.version
        self.stdout.write(f"Jenkins {status.version or '(version hidden)'}, as {identity.name}.")


def _read_token(file: Path | None) -> str:
    """The token, never from the command line: other users of a machine can read that."""
    if file is None:
        return getpass.getpass("API token: ").strip()
    try:
        return file.read_text().strip()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
