"""Why a run waits, in one sentence: from facts, never from Jenkins's words.

Jenkins says `why` in its own language (contract 5); only the kind of its queue item, the
nodes with their labels and our own state are the same everywhere. What these do not tell is
not guessed at: Jenkins's words stand beside the sentence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.controllers.models import Controller
from dashboard.runs.models import Run
from dashboard.runs.states import IN_JENKINS, RunState

MOST_SAID = 200  # characters of Jenkins's words beside our sentence
WORKER_TAKES = timedelta(seconds=10)  # usually well under a second


def why_waiting(run: Run) -> str:
    """Why ``run`` is not running yet, or a step of it; "" where it is, or has ended.

    Reads ``run.controller`` and ``run.job``: select them with a list of runs.
    """
    if run.abort_asked_at and not run.is_ended:
        when = " once it answers" if run.controller.is_away else ""
        return f"Being aborted: {run.controller} is asked to end it{when}."
    match run.state:
        case RunState.ACCEPTED:
            return _why_not_sent(run)
        case RunState.SUBMITTING:
            return f"Being sent to {run.controller}."
        case RunState.QUEUED:
            return _why_queued(run)
        case RunState.RUNNING if run.queue_kind:
            return "A step of it waits for an agent."
    return ""


def jenkins_says(run: Run) -> str:
    """Why Jenkins says that it waits, word for word; "" where it says nothing that we do not."""
    waits_there = run.state in IN_JENKINS and run.queue_kind not in ("", "WaitingItem")
    return run.queue_why if waits_there and not run.abort_asked_at else ""


def _why_not_sent(run: Run) -> str:
    controller = run.controller
    if controller.is_away and not controller.refused_since:  # then it is sent, and refused
        return f"{controller} is away: {controller.trouble} This run goes out once it is back."
    if run.due_at > timezone.now():
        return f"It is sent to {controller} again in a moment."
    if is_worker_late(run.due_at, timezone.now()):
        waits_s = WORKER_TAKES.seconds
        return f"No worker has taken it for over {waits_s} s: an admin should see that one runs."
    return "Waits for a worker to send it."


def is_worker_late(due_at: datetime, now: datetime) -> bool:
    """Whether a launch that was to be sent at ``due_at`` waits longer than a worker takes."""
    return now - due_at > WORKER_TAKES


def _why_queued(run: Run) -> str:
    controller = run.controller
    if controller.is_away:
        return f"Waits in the queue of {controller}, which is away; this is what we last saw."
    match run.queue_kind:
        case "WaitingItem":
            return "Waits for the quiet period that Jenkins keeps before a build."
        case "BlockedItem":
            return _quieting(controller) or "Jenkins holds it back."
        case "BuildableItem":
            no_executor = _why_no_executor(controller, run.job.label)
            return no_executor or _quieting(controller) or _why_not_taken(run)
    return "Jenkins took it; its queue has not shown it yet."


def _quieting(controller: Controller) -> str:
    """Whether it starts nothing at all: the last check knows; no sweep asks for it."""
    if not controller.is_quieting_down:
        return ""
    return f"{controller} was quieting down when last checked; it starts nothing new then."


def _why_not_taken(run: Run) -> str:
    """Of one that could start, and for which an executor is free."""
    if run.queue_is_fresh:
        return "Starts in a moment: an executor is free."
    return "An executor is free, and Jenkins has not started it."


def _why_no_executor(controller: Controller, label: str) -> str:
    """Why no executor can take it now, "" where one could. Labels may be expressions."""
    if not label:
        return _why_all_busy(controller)
    able = [node for node in controller.nodes if label in (*node["labels"], node["name"])]
    if not able and _is_one_word(label):
        return f"No agent of {controller} has the label {label} at the moment."
    if not able:
        return f"Waits for an agent that fits {label}."
    offline = [node for node in able if node["is_offline"]]
    if any(not node["is_offline"] and not node.get("is_busy") for node in able):
        return ""
    if len(offline) < len(able):
        return f"All agents with the label {label} are busy{' or offline' if offline else ''}."
    reasons = "; ".join(filter(None, (node["offline_reason"] for node in offline)))
    names = ", ".join(node["name"] for node in offline)
    return f"Every agent with the label {label} is offline: {names}" + (
        f" ({reasons})." if reasons else "."
    )


def _why_all_busy(controller: Controller) -> str:
    if not controller.executors_total:
        return f"{controller} has no executor online."
    if controller.executors_busy >= controller.executors_total:
        return f"All {controller.executors_total} executors of {controller} are busy."
    return ""


def _is_one_word(label: str) -> bool:
    return not any(sign in label for sign in '&|!()<> "')
