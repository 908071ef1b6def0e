"""*Check now*: a person asks a controller everything that Runboard needs, and waits for it."""

from __future__ import annotations

from django.utils import timezone

from dashboard.controllers.connecting import (
    TokenUnreadable,
    client_for,
    forget_cancel,
    note_answer,
    note_trouble,
)
from dashboard.controllers.examining import examine
from dashboard.controllers.models import Controller


def check_now(controller: Controller) -> bool:
    """Make the connection check and keep its steps; whether all of them went well.

    Waits for the controller (2 s to connect, 10 s to read by default). Where it went well its
    sweep is due at once, also where it had stopped after a refused token.
    """
    try:
        with client_for(controller) as jenkins:
            found = examine(controller, jenkins)
    except TokenUnreadable as error:
        note_trouble(controller, error)
        return False
    if found.error:
        Controller.objects.filter(pk=controller.pk).update(**found.facts)
        note_trouble(controller, found.error)
        return False
    now = timezone.now()
    found.note(catalogue_due_at=now)
    Controller.objects.filter(pk=controller.pk).sweep_by(now)
    note_answer(controller, forget_cancel(controller) > 0, **found.facts)
    return True


def learn_rights(controller: Controller) -> None:
    """Check again where the last check found that we may not do something, or could not tell."""
    if controller.may_build and controller.may_configure:
        return
    with client_for(controller) as jenkins:
        found = examine(controller, jenkins)
    if not found.error:
        Controller.objects.filter(pk=controller.pk).update(**found.facts)
