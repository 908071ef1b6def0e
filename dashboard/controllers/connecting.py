"""Connecting a controller, its client, and what its answers and silences mean for its row."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard.controllers.examining import Examination, examine
from dashboard.controllers.models import Access, Controller, Job
from dashboard.controllers.wording import refusal_words, unexpected_words
from dashboard.shared.nudging import nudge
from dashboard.shared.secrets import Unreadable
from jenkins_api import Jenkins, JenkinsError, NotAuthorised, NotSent, UnexpectedAnswer

log = structlog.get_logger(__name__)

# Seconds from connecting to the last byte of an answer, however it drips.
WHOLE_ANSWER_S = 20.0
# Seconds until a controller that does not answer is asked again, by failures in a row.
BACK_OFF_S = (1, 2, 5, 10, 20)
MOST_RETRY_AFTER_S = 300  # what it may ask for instead
# A wrong token is not tried for ever: Jenkins may lock the account. Then a person checks.
REFUSALS_BEFORE_STOP = 3
TROUBLE_FIELDS = (
    "failures",
    "refusals",
    "unreachable_since",
    "refused_since",
    "trouble",
    "sweep_due_at",
)
ACCOUNT_FIELDS = ("name", "url", "user", "token_encrypted", "by_password", "is_enabled")


class TokenUnreadable(NotSent):
    """Nobody was asked: no key of ours fits the token that is kept. The text says what to do."""


def connect(controller: Controller) -> Examination:
    """Test a new or changed account and keep it, to be swept at once, where every step went well.

    Nothing is kept that does not work. Waits for the controller; raises ValueError where its
    address cannot be one of a Jenkins, and TokenUnreadable. A worker reads its jobs next.
    """
    with client_for(controller) as jenkins:
        examination = examine(controller, jenkins)
    if examination.error:
        return examination
    now = timezone.now()
    facts = _answered_now() | examination.facts | {"catalogue_due_at": now}
    if not (controller.pk and controller.unfollowed_since):  # else it stays so until it is swept
        facts["sweep_due_at"] = now
    controller.is_enabled = True
    if not Controller.objects.filter(
        pk=controller.pk, url=controller.url, user=controller.user
    ).exists():
        facts["may_cancel"] = None  # that was another account
    for name, value in facts.items():
        setattr(controller, name, value)
    # A sweep may be under way: its lease and what it counts are not ours to write
    controller.save(update_fields=(*ACCOUNT_FIELDS, *facts) if controller.pk else None)
    _begin_anew(controller)
    forget_cancel(controller)
    Controller.objects.filter(pk=controller.pk).bump_news()
    return examination


def disconnect(controller: Controller) -> None:
    """Ask it nothing any more and show it to nobody; its jobs and runs stay for its return."""
    Controller.objects.filter(pk=controller.pk).update(is_enabled=False)


def sweep_soon(controller_id: int) -> None:
    """Have a worker look at it now, not at its next tick."""
    Controller.objects.filter(pk=controller_id).sweep_by(timezone.now())
    nudge("runs.sweep_controller", controller_id)


def client_for(controller: Controller, access: Access | None = None) -> Jenkins:
    """A client with the controller's own account, or with a person's ``access`` to it.

    Raises TokenUnreadable, which is a JenkinsError: who asks a controller knows of those.
    """
    account = access or controller
    try:
        token = account.token
    except Unreadable as error:
        where = "in the profile" if access else f"on the page of {controller}, under Change"
        why = f"{error} Give the token or password of {account.user} again {where}."
        raise TokenUnreadable(why, url=controller.url) from error
    if access is None and controller.by_password:
        return client_of(controller, user=account.user, password=token)
    return client_of(controller, user=account.user, token=token)


def client_of(controller: Controller, *, user: str, token: str = "", password: str = "") -> Jenkins:
    """A client of somebody whose token or password is given."""
    return Jenkins(
        controller.url,
        user=user,
        token=token,
        password=password,
        connect_timeout_s=settings.JENKINS_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.JENKINS_READ_TIMEOUT_S,
        answer_timeout_s=WHOLE_ANSWER_S,
    )


def longest_request() -> timedelta:
    """What one request to a controller may take at most; leases are made of this.

    Its deadline is `WHOLE_ANSWER_S`; the rest is for a name that is slow to resolve, and for
    a host with several addresses.
    """
    return timedelta(
        seconds=settings.JENKINS_CONNECT_TIMEOUT_S
        + settings.JENKINS_READ_TIMEOUT_S
        + WHOLE_ANSWER_S
    )


def note_answer(controller: Controller, is_news: bool = False, /, **facts: object) -> None:
    """It answered: keep ``facts`` (fields of the row); news too where it had been away."""
    row = Controller.objects.filter(pk=controller.pk)
    if controller.is_away:  # until now
        _begin_anew(controller)
        facts["sweep_due_at"] = timezone.now()  # none is late that could not be made
    with transaction.atomic():
        row.update(**_answered_now(), **facts)
        if is_news or controller.is_away:
            row.bump_news()
    controller.refresh_from_db()


def _begin_anew(controller: Controller) -> None:
    """Launches that waited for it are due from now on: no worker is late that could not send them.

    No news: its return, which is told next, changes what is said of each.
    """
    now = timezone.now()
    controller.runs.filter(state="accepted", due_at__lt=now).update(due_at=now)


def _answered_now() -> dict[str, object]:
    return {
        "answered_at": timezone.now(),
        "failures": 0,
        "refusals": 0,
        "unreachable_since": None,
        "refused_since": None,
        "trouble": "",
    }


def note_cancel(job: Job, may: bool) -> None:
    """Keep whether our account may cancel: Jenkins tells it only where something is cancelled.

    It may differ from job to job, so no other's abort is off for it.
    """
    Controller.objects.filter(pk=job.controller_id).update(may_cancel=may)
    Job.objects.filter(pk=job.pk).update(may_cancel=may)


def forget_cancel(controller: Controller) -> int:
    """Rights change: the next abort of each job tells anew. Of how many jobs it was known."""
    known = controller.jobs.filter(may_cancel__isnull=False)
    with transaction.atomic():
        # In one order with `sync_catalogue`: they would else wait for each other
        list(known.order_by("pk").select_for_update().values_list("pk"))
        return known.update(may_cancel=None)


def note_trouble(controller: Controller, error: JenkinsError) -> None:
    """It did not answer, or not us: ask again later, after refusals at last not by ourselves."""
    now = timezone.now()
    with transaction.atomic():
        row = Controller.objects.select_for_update().get(pk=controller.pk)
        row.failures += 1
        is_refusal = isinstance(error, NotAuthorised | TokenUnreadable)
        row.refusals = row.refusals + 1 if is_refusal else 0
        was_refused, was_trouble = row.refused_since, row.trouble
        row.unreachable_since = row.unreachable_since or now
        if row.refusals >= REFUSALS_BEFORE_STOP:
            row.refused_since = row.refused_since or now
        row.trouble = explain(error)[:500]
        wait_s = BACK_OFF_S[min(row.failures, len(BACK_OFF_S)) - 1]
        if isinstance(error, UnexpectedAnswer):
            wait_s = max(wait_s, min(error.retry_after_s or 0, MOST_RETRY_AFTER_S))
        row.sweep_due_at = now + timedelta(seconds=wait_s)
        row.save(update_fields=TROUBLE_FIELDS)
        if (row.refused_since, row.trouble) != (was_refused, was_trouble):
            Controller.objects.filter(pk=row.pk).bump_news()
            log.warning("controller in trouble", controller=row.name, why=str(error))
    controller.refresh_from_db()


def explain(error: JenkinsError, account: str = "Runboard's account") -> str:
    """An error of the client in words a tester understands; nothing secret is in it."""
    if isinstance(error, NotAuthorised):
        return refusal_words(error, account)
    if isinstance(error, UnexpectedAnswer):
        return unexpected_words(error, account)
    words = str(error)
    return words if words.endswith((".", "!", "?")) else f"{words}."
