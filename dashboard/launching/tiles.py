"""The tiles of a job's page: its latest build, and the last ones that Jenkins names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.controllers.models import Job
from dashboard.launching.builds import ShownBuild
from dashboard.runs.last_builds import stored_build
from dashboard.runs.models import Run, as_datetime
from jenkins_api import Build

TILES = {
    "completed": "last completed",
    "stable": "last stable",
    "successful": "last successful",
    "unstable": "last unstable",
    "failed": "last failed",
    "unsuccessful": "last unsuccessful",
}


@dataclass(frozen=True)
class Tiles:
    """What a job's page tells of its builds: the latest, and the six last ones by name.

    ``are_old``: a run of it began or ended since, so that they are being read anew.
    """

    latest: ShownBuild | None
    named: list[tuple[str, ShownBuild | None]]
    are_old: bool


def tiles_of(job: Job) -> Tiles | None:
    """The builds of ``job`` as a sweep last read them; None before the first time."""
    if job.builds is None:
        return None
    builds = {name: stored_build(job, name) for name in ("last", *TILES)}
    runs = _runs_of(job, [build.number for build in builds.values() if build])
    shown = {
        name: ShownBuild(build, job.controller, runs.get(_which(build))) if build else None
        for name, build in builds.items()
    }
    named = [(words, shown[name]) for name, words in TILES.items()]
    return Tiles(shown["last"], named, _has_moved_on(job))


def _has_moved_on(job: Job) -> bool:
    """Whether the newest run of ``job`` has begun or ended since its builds were read, and a
    sweep reads them anew."""
    if job.gone_at or job.controller.is_stale:
        return False
    begun = Run.objects.filter(job=job, started_at__isnull=False).order_by("-pk")
    newest = begun.only("started_at", "finished_at").first()
    if newest is None or newest.started_at is None or job.builds_read_at is None:
        return False
    offset = timedelta(seconds=job.controller.clock_offset_s)
    return job.builds_read_at < (newest.finished_at or newest.started_at - offset)


def _which(build: Build) -> tuple[int | None, datetime | None]:
    """What tells builds of a job apart: one that was made again counts from 1 again."""
    return build.number, as_datetime(build.started_ms)


def _runs_of(job: Job, numbers: list[int]) -> dict[tuple[int | None, datetime | None], Run]:
    runs = Run.objects.filter(job=job, build_number__in=numbers, joined_to=None)
    return {(run.build_number, run.started_at): run for run in runs.select_related("owner")}
