"""How a run looks: one class, one icon and one word for each state and verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.runs.deciding import Counts, verdict_for
from dashboard.runs.models import Run, RunEvent
from dashboard.runs.states import RunState, Verdict
from jenkins_api import Build


@dataclass(frozen=True)
class Look:
    """``css`` sets the colour, ``glyph`` stands in a small cell, ``word`` says it in text."""

    css: str
    icon: str
    glyph: str
    word: str
    moves: bool = False

    @property
    def favicon(self) -> str:
        """The icon of the browser's tab."""
        return f"favicon/{TONES.get(self.css, 'quiet')}.svg"


TONES = {
    "rb-running": "running",
    "rb-passed": "passed",
    "rb-rerun": "passed",
    "rb-failed": "failed",
    "rb-broke": "failed",
    "rb-unstable": "unstable",
    "rb-softfail": "unstable",
    "rb-lost": "lost",
    "rb-unknown": "unknown",
}


STATES = {
    RunState.ACCEPTED: Look("rb-queued", "circle-dotted", "clock", "Accepted"),
    RunState.SUBMITTING: Look("rb-queued", "send", "clock", "Submitting"),
    RunState.QUEUED: Look("rb-queued", "clock", "clock", "Queued"),
    RunState.RUNNING: Look("rb-running", "loader-2", "loader-2", "Running", moves=True),
    RunState.FINISHED: Look("rb-queued", "hourglass", "hourglass", "Finished, reading its tests"),
    RunState.UNKNOWN: Look("rb-unknown", "help-circle", "help", "Unknown"),
    RunState.REFUSED: Look("rb-refused", "ban", "minus", "Refused"),
    RunState.CANCELLED: Look("rb-cancelled", "circle-minus", "minus", "Cancelled"),
}
VERDICTS = {
    Verdict.PASSED: Look("rb-passed", "circle-check", "check", "Passed"),
    Verdict.PASSED_ON_RERUN: Look("rb-rerun", "refresh", "refresh", "Passed on rerun"),
    Verdict.TESTS_FAILED: Look("rb-failed", "circle-x", "x", "Tests failed"),
    Verdict.UNSTABLE: Look("rb-unstable", "alert-triangle", "exclamation-mark", "Unstable"),
    Verdict.BROKE: Look("rb-broke", "alert-octagon", "exclamation-mark", "Broke"),
    Verdict.ABORTED: Look("rb-aborted", "player-stop", "minus", "Aborted"),
    Verdict.NOT_BUILT: Look("rb-notbuilt", "circle-dashed", "minus", "Not built"),
    Verdict.LOST: Look("rb-lost", "bolt", "bolt", "Lost by the controller"),
}
# Per cent of a bar's width at which Jenkins's estimate ends, as in clocks.js: a build that takes
# longer still moves.
ESTIMATE_AT = 85
WAITS_FOR_INPUT = Look("rb-unknown", "message-question", "help", "Waits for input")
FACT = Look("rb-queued", "point", "point", "Noted")
JOINED = Look("rb-queued", "git-merge", "clock", "Joined")


def look_of(run: Run) -> Look:
    """How ``run`` looks now: its verdict where it has one, else its state."""
    if run.verdict:
        return _verdict_look(run)
    if run.stands_still:
        return WAITS_FOR_INPUT
    if run.state == RunState.QUEUED and run.joined_to_id:
        return JOINED
    return STATES[RunState(run.state)]


def _verdict_look(run: Run) -> Look:
    look = VERDICTS[Verdict(run.verdict)]
    if run.verdict == Verdict.PASSED_ON_RERUN:
        most = f" of {run.reruns}" if run.reruns is not None else ""
        return replace(look, word=f"Passed on rerun {run.reruns_used}{most}")
    if run.verdict == Verdict.TESTS_FAILED:
        always = ", every time" if run.failed_every_time else ""
        css = "rb-failed" if run.build_result == "FAILURE" else "rb-softfail"
        return replace(look, css=css, word=f"Tests failed ({run.tests_failed or 0:,}{always})")
    return look


def look_of_build(build: Build, counts: Counts | None = None) -> Look:
    """How a build that is no run looks. Before its tests are known its word is Jenkins's own."""
    if not build.has_ended or build.result is None:
        return STATES[RunState.RUNNING]
    verdict = verdict_for(build.result, counts)
    if counts is None:
        look = VERDICTS[verdict]
        # Whether tests failed or the build broke is told by its tests alone
        icon = "circle-x" if verdict in (Verdict.BROKE, Verdict.UNSTABLE) else look.icon
        return replace(look, icon=icon, word=build.result)
    as_run = Run(
        verdict=verdict,
        build_result=build.result,
        tests_failed=counts.failed,
        failed_every_time=counts.every_time,
        reruns_used=counts.reruns_used,
    )
    return _verdict_look(as_run)


def look_of_event(event: RunEvent, run: Run) -> Look:
    """How one line of a run's timeline looks; its end looks as the run does."""
    if not event.is_move:
        return FACT
    if event.new == RunState.FINISHED:
        return look_of(run)
    if event.new == RunState.RUNNING:
        return replace(STATES[RunState.RUNNING], icon="player-play", moves=False)
    return STATES[RunState(event.new)]


def quiet_until(run: Run) -> datetime | None:
    """When the quiet period of a waiting run ends, on our clock; None where it is in none."""
    if run.queue_until is None:
        return None
    return run.queue_until - timedelta(seconds=run.controller.clock_offset_s)


def percent_of_bar(elapsed: timedelta, estimated_ms: int | None) -> float | None:
    """How far the bar of a running build is; None without an estimate."""
    if not estimated_ms:
        return None
    return min(98, elapsed / timedelta(milliseconds=estimated_ms) * ESTIMATE_AT)


def takes_too_long(elapsed: timedelta, estimated_ms: int | None) -> bool:
    """Whether a running build is late enough for somebody to look at it; as in clocks.js.

    Half of all builds take longer than the median, so a little is nothing.
    """
    if not estimated_ms:
        return False
    estimated = timedelta(milliseconds=estimated_ms)
    return elapsed - estimated > max(estimated / 2, timedelta(minutes=1))
