"""The states of a run, its legal moves and its verdicts: readable in one screen."""

from __future__ import annotations

from django.db import models


class RunState(models.TextChoices):
    """Where a run stands. Jenkins's own words are kept beside it, verbatim."""

    ACCEPTED = "accepted", "Accepted"  # committed here; Jenkins knows nothing of it
    SUBMITTING = "submitting", "Submitting"  # one worker holds the lease and POSTs once
    QUEUED = "queued", "Queued"  # Jenkins took it: a queue item exists
    RUNNING = "running", "Running"  # the queue item became a build
    FINISHED = "finished", "Finished"  # the build ended, or vanished (no build_result)
    UNKNOWN = "unknown", "Unknown"  # the answer to the POST was lost; a person decides
    REFUSED = "refused", "Refused"  # Jenkins said no; final
    CANCELLED = "cancelled", "Cancelled"  # called off before a build existed


MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.ACCEPTED: frozenset({RunState.SUBMITTING, RunState.CANCELLED}),
    RunState.SUBMITTING: frozenset(
        {
            RunState.QUEUED,
            RunState.REFUSED,
            RunState.ACCEPTED,
            RunState.UNKNOWN,
            RunState.CANCELLED,
        }
    ),
    RunState.QUEUED: frozenset(
        {RunState.RUNNING, RunState.FINISHED, RunState.CANCELLED, RunState.UNKNOWN}
    ),
    RunState.RUNNING: frozenset({RunState.FINISHED, RunState.UNKNOWN}),
    RunState.UNKNOWN: frozenset({RunState.RUNNING, RunState.ACCEPTED, RunState.CANCELLED}),
    RunState.FINISHED: frozenset(),
    RunState.REFUSED: frozenset(),
    RunState.CANCELLED: frozenset(),
}
ENDED = frozenset(state for state, onward in MOVES.items() if not onward)
IN_JENKINS = frozenset({RunState.QUEUED, RunState.RUNNING})
WAITING = frozenset({RunState.ACCEPTED, RunState.SUBMITTING, RunState.QUEUED})
ACTIVE = WAITING | IN_JENKINS
# A launch that may still have to be sent keeps its password parameters
NEEDS_SECRETS = frozenset({RunState.ACCEPTED, RunState.SUBMITTING, RunState.UNKNOWN})


class IllegalMove(Exception):
    """A move that no run may make: a mistake in our code, never somebody else's speed."""


def check_move(old: str, new: str) -> None:
    """Raise `IllegalMove` where ``old`` may not become ``new``."""
    if new not in MOVES[RunState(old)]:
        raise IllegalMove(f"{old} -> {new}")


class Verdict(models.TextChoices):
    """What we conclude of a finished run; the first that fits (design, section 4)."""

    LOST = "lost", "Lost by the controller"
    ABORTED = "aborted", "Aborted"
    NOT_BUILT = "not_built", "Not built"
    TESTS_FAILED = "tests_failed", "Tests failed"
    BROKE = "broke", "Broke"
    UNSTABLE = "unstable", "Unstable"
    PASSED_ON_RERUN = "passed_on_rerun", "Passed on rerun"
    PASSED = "passed", "Passed"


GREEN = frozenset({Verdict.PASSED, Verdict.PASSED_ON_RERUN})
RED = frozenset({Verdict.TESTS_FAILED, Verdict.BROKE, Verdict.UNSTABLE})
RATED = GREEN | RED  # the verdicts that count in rates
