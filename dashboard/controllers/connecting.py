"""A controller's client, and what its answers and silences mean for its row."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dashboard.controllers.models import Controller
from jenkins_api import Jenkins, JenkinsError, NotAuthorised

# Seconds that one whole answer may take; leases are longer than a few of these.
WHOLE_ANSWER_S = 20.0
# Seconds until a controller that does not answer is asked again, by failures in a row.
BACK_OFF_S = (1, 2, 5, 10, 20)
# A wrong token is not tried for ever: Jenkins may lock the account. Then a person checks.
REFUSALS_BEFORE_STOP = 3


def client_for(controller: Controller) -> Jenkins:
    """A client with the controller's own account."""
    return Jenkins(
        controller.url,
        user=controller.user,
        token=controller.token,
        connect_timeout_s=settings.JENKINS_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.JENKINS_READ_TIMEOUT_S,
        answer_timeout_s=WHOLE_ANSWER_S,
    )


def note_answer(controller: Controller, **facts: object) -> None:
    """It answered: keep ``facts`` (fields of the row), and say so where it had been away."""
    was_away = controller.is_away
    Controller.objects.filter(pk=controller.pk).update(
        answered_at=timezone.now(),
        failures=0,
        unreachable_since=None,
        refused_since=None,
        trouble="",
        **facts,
    )
    if was_away:
        Controller.objects.filter(pk=controller.pk).bump_news()
    controller.refresh_from_db()


def note_trouble(controller: Controller, error: JenkinsError) -> None:
    """It did not answer, or not us: ask again later, at last not by ourselves."""
    now = timezone.now()
    was_away = controller.is_away
    Controller.objects.filter(pk=controller.pk).update(failures=F("failures") + 1)
    controller.refresh_from_db()
    changes: dict[str, object] = {"trouble": explain(error)[:500]}
    if not controller.unreachable_since:
        changes["unreachable_since"] = now
    if isinstance(error, NotAuthorised) and controller.failures >= REFUSALS_BEFORE_STOP:
        changes["refused_since"] = now
    wait_s = BACK_OFF_S[min(controller.failures, len(BACK_OFF_S)) - 1]
    Controller.objects.filter(pk=controller.pk).update(
        sweep_due_at=now + timedelta(seconds=wait_s), **changes
    )
    if not was_away or "refused_since" in changes:
        Controller.objects.filter(pk=controller.pk).bump_news()
    controller.refresh_from_db()


def explain(error: JenkinsError) -> str:
    """An error of the client in words a tester understands; nothing secret is in it."""
    if isinstance(error, NotAuthorised) and error.status == 401:
        return "Jenkins does not accept the user and API token that Runboard signs in with."
    if isinstance(error, NotAuthorised) and error.permission:
        return f"Jenkins does not allow this to Runboard's account: {error.permission} is missing."
    return str(error)
