"""What signing in leaves behind is removed: nothing else would, and it grows for ever."""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessLog
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

SIGN_INS_KEPT = timedelta(days=90)


@shared_task(name="people.tidy")
def tidy() -> None:
    """Remove sessions that have run out, and the log of sign-ins of long ago."""
    call_command("clearsessions")
    AccessLog.objects.filter(attempt_time__lt=timezone.now() - SIGN_INS_KEPT).delete()
