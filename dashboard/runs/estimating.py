"""How long a run will take: by what the same plan took before."""

from __future__ import annotations

import statistics

from dashboard.runs.models import Run
from dashboard.runs.querying import RunQuerySet
from dashboard.runs.states import RATED

LAST_RUNS = 7
LOOK_BACK_RUNS = 100  # where most were aborted, or joined others


def usual_ms(run: Run) -> int | None:
    """The median of the last runs of the same job and plan; None before the first of them.

    Jenkins's own estimate is of the whole job, whatever plan its builds ran.
    """
    durations = [
        same.duration_ms
        for same in last_of_plan(run)
        if same.verdict in RATED and same.joined_to_id is None and same.duration_ms is not None
    ]
    return int(statistics.median(durations[:LAST_RUNS])) if durations else None


def last_of_plan(run: Run) -> RunQuerySet:
    """The last runs of the same job and plan, newest first, with what an estimate needs."""
    same = Run.objects.filter(job=run.job, plan=run.plan).order_by("-pk")
    return same.only("verdict", "joined_to", "duration_ms")[:LOOK_BACK_RUNS]
