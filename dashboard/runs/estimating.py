"""How long a run will take: by what the same plan took before."""

from __future__ import annotations

import statistics

from dashboard.runs.models import Run
from dashboard.runs.states import RATED

LAST_RUNS = 7


def usual_ms(run: Run) -> int | None:
    """The median of the last runs of the same job and plan; None before the first of them.

    Jenkins's own estimate is of the whole job, whatever plan its builds ran.
    """
    same = Run.objects.filter(job=run.job, plan=run.plan, verdict__in=RATED)
    durations = same.exclude(duration_ms=None).order_by("-pk").values_list("duration_ms", flat=True)
    last = [ms for ms in durations[:LAST_RUNS] if ms is not None]
    return int(statistics.median(last)) if last else None
