"""Somebody looks at a row: workers then read it in Jenkins for the next 15 s."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

WATCHED = timedelta(seconds=15)
RENEW_BELOW = timedelta(seconds=5)


def renew(rows: QuerySet[Any], field: str, until: datetime | None) -> bool:
    """Have ``field`` of ``rows`` say that it is watched; whether it was written.

    Written only where less than 5 s are left of ``until``, as the row was read: polls come each
    second.
    """
    now = timezone.now()
    if until and until > now + RENEW_BELOW:
        return False
    runs_out = Q(**{field: None}) | Q(**{f"{field}__lte": now + RENEW_BELOW})
    return bool(rows.filter(runs_out).update(**{field: now + WATCHED}))
