"""What time does to launches: due ones go out, late ones are off, lost workers are noticed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState


def due_runs() -> QuerySet[Run]:
    """Accepted runs to send now, oldest first.

    The same as `submitting.may_go_out` says of one; a sweep notices when a controller is back.
    """
    now = timezone.now()
    return Run.objects.filter(
        Q(controller__unreachable_since=None) | Q(controller__refused_since__isnull=False),
        controller__is_enabled=True,
        state=RunState.ACCEPTED,
        due_at__lte=now,
        not_after__gte=now,
        abort_asked_at=None,
    ).order_by("pk")


def settle_what_time_decides() -> None:
    """Call off late launches, give up on workers that died, forget old passwords."""
    now = timezone.now()
    for run in Run.objects.filter(state=RunState.ACCEPTED, not_after__lt=now):
        call_off(run, "Too late: Jenkins had not taken it in time.")
    for run in Run.objects.filter(state=RunState.ACCEPTED, abort_asked_at__isnull=False):
        call_off(run, "Called off before it was sent.")
    for run in Run.objects.filter(state=RunState.SUBMITTING, lease_until__lt=now):
        run.move_to(
            RunState.UNKNOWN,
            why="The worker that sent it did not come back; whether Jenkins took it is not known.",
            lease_until=None,
        )
    old = now - timedelta(seconds=settings.SECRETS_KEPT_S)
    RunSecrets.objects.filter(created_at__lt=old).delete()


def call_off(run: Run, why: str) -> None:
    """Cancel a run that Jenkins does not know."""
    run.move_to(RunState.CANCELLED, why=why, finished_at=timezone.now())
