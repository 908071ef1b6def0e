"""*Check now*: a person asks whether a controller answers, and waits for it."""

from __future__ import annotations

from django.utils import timezone

from dashboard.controllers.connecting import client_for, note_answer, note_trouble
from dashboard.controllers.models import Controller
from jenkins_api import JenkinsError


def check_now(controller: Controller) -> bool:
    """Ask whether it is up and who we are there; whether both went well.

    Waits for the controller (2 s to connect, 10 s to read by default). Afterwards its sweep
    is due at once, also where it had stopped after a refused token.
    """
    with client_for(controller) as jenkins:
        try:
            status = jenkins.is_up()
            jenkins.whoami()
        except JenkinsError as error:
            note_trouble(controller, error)
            return False
    note_answer(
        controller,
        version=status.version,
        answered_in_s=status.answered_in_s,
        sweep_due_at=timezone.now(),
        catalogue_due_at=timezone.now(),
    )
    return True
