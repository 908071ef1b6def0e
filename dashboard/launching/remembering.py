"""What ran before: the last runs of jobs, and the plans that people launch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.db.models import OuterRef, Q, Subquery

from dashboard.controllers.models import Job
from dashboard.people.models import User
from dashboard.runs.models import Run
from dashboard.runs.querying import LOOK_BACK_RUNS, RunQuerySet
from dashboard.runs.states import RATED

STRIP_CELLS = 12


@dataclass
class KnownPlan:
    """A plan that ran before, its last runs (newest first), and the job it last ran on."""

    name: str
    job_id: int
    runs: list[Run] = field(default_factory=list)

    @property
    def usual_time(self) -> timedelta | None:
        """How long it usually takes."""
        return usual_time(self.runs)


def usual_time(runs: Iterable[Run]) -> timedelta | None:
    """The median of those that ended by themselves; None where none did, or of several plans."""
    runs = list(runs)
    if len({run.plan for run in runs}) > 1:
        return None
    durations = [run.duration_ms for run in runs if run.verdict in RATED]
    known = [duration_ms for duration_ms in durations if duration_ms is not None]
    return timedelta(milliseconds=median(known)) if known else None


def plans_run_before(runs: RunQuerySet, *, typed: str = "", limit: int = 8) -> list[KnownPlan]:
    """Plans whose name holds ``typed``, the one that ran last first. One query.

    A whole name is no search: all plans are offered then, that one first.
    """
    newest = runs.for_cells().order_by("-pk")[:LOOK_BACK_RUNS]
    plans: dict[str, KnownPlan] = {}
    for run in newest:
        if not run.plan or run.joined_to_id:
            continue
        plan = plans.setdefault(run.plan, KnownPlan(run.plan, run.job_id))
        if len(plan.runs) < STRIP_CELLS:
            plan.runs.append(run)
    if typed in plans:
        return sorted(plans.values(), key=lambda plan: plan.name != typed)[:limit]
    return [plan for plan in plans.values() if typed.casefold() in plan.name.casefold()][:limit]


def last_runs(user: User, jobs: Iterable[Job]) -> dict[int, list[Run]]:
    """The last runs of each job that ``user`` may see, by job id, newest first.

    Joined ones are left out: their build is there already. Two queries, each by index.
    """
    job_ids = [job.pk for job in jobs]
    if not job_ids:
        return {}
    visible = Run.objects.visible_to(user).filter(joined_to=None)
    of_job = visible.filter(job=OuterRef("pk")).order_by("-pk")
    oldest_shown = of_job.values("pk")[STRIP_CELLS - 1 :][:1]
    since = Job.objects.filter(pk__in=job_ids).values_list("pk", Subquery(oldest_shown))
    wanted = Q()
    for job_id, run_id in since:
        wanted |= Q(job=job_id, pk__gte=run_id or 0)
    found: dict[int, list[Run]] = {job_id: [] for job_id in job_ids}
    for run in visible.filter(wanted).for_cells().order_by("-pk"):
        found[run.job_id].append(run)
    return found
