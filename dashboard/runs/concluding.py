"""The last word on a run: its verdict and counts, written here and nowhere else."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard.runs.deciding import Counts, verdict_for
from dashboard.runs.models import Run
from dashboard.runs.states import RunState


def conclude(run: Run, counts: Counts | None, *, trouble: str = "") -> bool:
    """Give a finished run its verdict; False where it has one already.

    ``counts`` is None where there is no report; ``trouble`` says why one could not be read.
    """
    verdict = verdict_for(run.build_result, counts)
    fields = {} if counts is None else _count_fields(counts)
    with transaction.atomic():
        written = Run.objects.filter(pk=run.pk, state=RunState.FINISHED, concluded_at=None).update(
            verdict=verdict,
            concluded_at=timezone.now(),
            has_report=counts is not None,
            report_trouble=trouble[:500],
            version=F("version") + 1,
            **fields,
        )
        if not written:
            return False
        why = f"Verdict: {verdict.label.lower()}."
        if trouble:
            why += f" The test report could not be read: {trouble}"
        run.events.create(old=RunState.FINISHED, new=RunState.FINISHED, why=why[:1000])
        run.controller_news()
    run.refresh_from_db()
    return True


def _count_fields(counts: Counts) -> dict[str, int | bool]:
    return {
        "tests_total": counts.total,
        "tests_failed": counts.failed,
        "tests_skipped": counts.skipped,
        "tests_failed_first": counts.failed_first,
        "reruns_used": counts.reruns_used,
        "failed_every_time": counts.every_time,
    }
