"""What Jenkins's answers mean for a run. Pure: no clock, database or network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dashboard.runs.states import RunState, Verdict
from jenkins_api.records import Build, QueueItem


@dataclass(frozen=True)
class Move:
    """A state to go to, why in words, and the facts that become known with it."""

    new: RunState
    why: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """What a test report says, in cases: attempts of one name are one case."""

    total: int
    failed: int
    skipped: int
    failed_first: int  # passed in the end, after a failed attempt
    reruns_used: int  # k: most attempts of any case - 1
    every_time: bool  # a failing case had more than one attempt


def after_queue_item(item: QueueItem | None) -> Move | None:
    """What a queue item says of a run that is not seen in the queue any more.

    None: nothing yet. An item leaves the queue a moment before its build exists, and then
    has neither `cancelled` nor an executable (contract 5); ask again.
    """
    if item is None:
        return None
    if item.is_cancelled:
        return Move(RunState.CANCELLED, "Cancelled in Jenkins's queue.")
    if item.build_number is not None:
        return became_build(item.build_number)
    return None


def became_build(number: int) -> Move:
    """Its queue item left for an executor."""
    return Move(RunState.RUNNING, f"Left the queue: build {number}.", {"build_number": number})


def after_build(build: Build) -> Move | None:
    """What a build says of a running run; None while it goes on."""
    if not build.has_ended:
        return None
    return Move(
        RunState.FINISHED,
        f"Jenkins ended build {build.number}: {build.result}.",
        {"build_result": build.result, "duration_ms": build.duration_ms},
    )


def verdict_for(build_result: str, counts: Counts | None) -> Verdict:
    """The verdict of a finished run; no ``build_result`` means that its build vanished."""
    match build_result:
        case "":
            return Verdict.LOST
        case "ABORTED":
            return Verdict.ABORTED
        case "NOT_BUILT":
            return Verdict.NOT_BUILT
    if counts and counts.failed:
        return Verdict.TESTS_FAILED
    if build_result == "UNSTABLE":
        return Verdict.UNSTABLE
    if build_result != "SUCCESS":  # FAILURE, or a word that we do not know: never green
        return Verdict.BROKE
    if counts and counts.failed_first:
        return Verdict.PASSED_ON_RERUN
    return Verdict.PASSED


def exit_code(state: str, verdict: str) -> int:
    """The exit code of `manage.py launch` for a run that has ended (design, section 4)."""
    if state == RunState.REFUSED:
        return 2
    if verdict in (Verdict.TESTS_FAILED, Verdict.BROKE, Verdict.UNSTABLE):
        return 1
    if verdict in (Verdict.PASSED, Verdict.PASSED_ON_RERUN):
        return 0
    return 3
