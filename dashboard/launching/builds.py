"""A build as pages show it, and the page of one that was not launched here."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.controllers.models import Controller, Job
from dashboard.controllers.waiting import ask_now
from dashboard.results.collecting import readable
from dashboard.results.counting import Case, Outcome, count, fold
from dashboard.runs.console import left_of
from dashboard.runs.deciding import Counts
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.presenting import (
    ESTIMATE_AT,
    Look,
    look_of,
    look_of_build,
    percent_of_bar,
    takes_too_long,
)
from dashboard.runs.rendering import Line, render_lines
from jenkins_api import AnswerLost, Build
from jenkins_api.records import Report

LINES_SHOWN = 1000
# Jenkins has no way to ask for the last lines only: a longer log is offered as a download
MOST_READ_BYTES = 32 * 1024 * 1024
CONSOLE_WITHIN_S = 10.0
DOWNLOAD_WITHIN_S = 120.0
CASES_SHOWN = 200


@dataclass(frozen=True)
class ShownBuild:
    """A build in Jenkins's words, and the run that it is, where it is one."""

    build: Build
    controller: Controller
    run: Run | None = None
    counts: Counts | None = None
    mark: int = ESTIMATE_AT

    @property
    def look(self) -> Look:
        if self.run and (self.build.has_ended or self.run.is_ended):  # a run may be read later
            return look_of(self.run)
        return look_of_build(self.build, self.counts)

    @property
    def plan(self) -> str:
        """The plan that it was given, "" without one."""
        return self.build.parameters.get(self.controller.plan_parameter, "")

    @property
    def started_at(self) -> datetime | None:
        """Its timestamp, on Jenkins's clock."""
        return as_datetime(self.build.started_ms)

    @property
    def since(self) -> datetime | None:
        """When it started, on our clock."""
        offset = timedelta(seconds=self.controller.clock_offset_s)
        return self.started_at - offset if self.started_at else None

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, on our clock."""
        return self.since + self.duration if self.since and self.build.has_ended else None

    @property
    def duration(self) -> timedelta:
        return timedelta(milliseconds=self.build.duration_ms)

    @property
    def estimated(self) -> timedelta | None:
        """How long it should take; None where nobody knows. Jenkins's guess is of any plan, so a
        run's own comes first, as on its page."""
        return timedelta(milliseconds=self.estimated_ms) if self.estimated_ms else None

    @property
    def estimated_ms(self) -> int | None:
        return self.run.estimated_ms if self.run and self.run.plan else self.build.estimated_ms

    @property
    def elapsed(self) -> timedelta:
        """How long a running one has taken, as of the last answer where its controller is stale."""
        now = self.controller.answered_at if self.controller.is_stale else None
        return max(timedelta(0), (now or timezone.now()) - (self.since or timezone.now()))

    @property
    def percent(self) -> float | None:
        """Of the width of its bar."""
        return percent_of_bar(self.elapsed, self.estimated_ms)

    @property
    def is_late(self) -> bool:
        """Whether it takes much longer than it should; not known while its controller is stale."""
        return not self.controller.is_stale and takes_too_long(self.elapsed, self.estimated_ms)


@dataclass(frozen=True)
class BuildPage:
    """A build that was not launched here, as it was read for one page."""

    shown: ShownBuild
    report: Report | None
    cases: list[Case]  # those that failed
    console: Tail


def read_build(
    job: Job, number: int, console_within_s: float = CONSOLE_WITHIN_S
) -> BuildPage | None:
    """Ask for a build, its tests and its console; None where Jenkins has no such build.

    Waits for the controller: three requests, and at most ``console_within_s`` for the text of
    the console. Raises JenkinsError.
    """
    with ask_now(job.controller) as jenkins:
        build = jenkins.build(job.full_name, number)
        if build is None:
            return None
        report = jenkins.test_report(job.full_name, number)
        log = jenkins.console_pieces(job.full_name, number, console_within_s)
        with closing(log) as pieces:
            console = Tail.of(pieces)
    cases = fold(report.attempts) if report else []
    counts = count(cases) if report else None
    failed = [_readable(case) for case in cases if case.outcome == Outcome.FAILED]
    shown = ShownBuild(build, job.controller, counts=counts)
    return BuildPage(shown, report, failed[:CASES_SHOWN], console)


def console_pieces(
    job: Job, number: int, within_s: float = DOWNLOAD_WITHIN_S
) -> Generator[bytes, None, None]:
    """The whole console of a build as it comes from Jenkins; close it to stop early.

    The first piece is empty: it says that Jenkins has begun to answer. Raises JenkinsError, also
    where the rest takes longer than ``within_s``: until the end it counts as one that waits.
    """
    with (
        ask_now(job.controller) as jenkins,
        closing(jenkins.console_pieces(job.full_name, number, within_s)) as pieces,
    ):
        first = next(pieces, b"")
        yield b""
        yield first
        yield from pieces


def _readable(case: Case) -> Case:
    return replace(case, message=readable(case.message), trace=readable(case.trace))


@dataclass(frozen=True)
class Tail:
    """The last lines of a console, numbered as in the whole; none where it was too long to be
    read for one page, in bytes or in time."""

    numbered: list[tuple[int, bytes]]
    total_lines: int
    size_bytes: int
    is_too_long: bool = False

    @classmethod
    def of(cls, pieces: Iterator[bytes]) -> Tail:
        """Read ``pieces`` and keep the last thousand lines of them."""
        last: deque[bytes] = deque(maxlen=LINES_SHOWN)
        total_lines = size_bytes = 0
        rest = b""
        try:
            for piece in pieces:
                size_bytes += len(piece)
                if size_bytes > MOST_READ_BYTES:
                    return cls([], total_lines, size_bytes, is_too_long=True)
                *lines, rest = (rest + piece).split(b"\n")
                rest = left_of(rest)  # more of a line is not shown
                last.extend(lines)
                total_lines += len(lines)
        except AnswerLost:  # out of time: the build's facts and tests are known all the same
            return cls([], total_lines, size_bytes, is_too_long=True)
        if rest:
            last.append(rest)
            total_lines += 1
        first = total_lines - len(last) + 1
        return cls(list(enumerate(last, first)), total_lines, size_bytes)

    @property
    def lines(self) -> list[Line]:
        return render_lines(self.numbered)
