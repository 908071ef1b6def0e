"""The queue and its items."""

from __future__ import annotations

import re
from typing import Any

from jenkins_api.paths import split_job_url
from jenkins_api.reading.fields import (
    PARAMETERS_TREE,
    as_fields,
    count,
    epoch_ms,
    flag,
    member,
    members,
    needed_whole,
    parameter_values,
    text,
)
from jenkins_api.records import QueueItem

QUEUE_ITEM_TREE = (
    "id,why,blocked,buildable,stuck,pending,cancelled,inQueueSince,timestamp,"
    f"buildableStartMilliseconds,task[url],executable[number],actions[{PARAMETERS_TREE}]"
)


def queue_item(answer: Any) -> QueueItem:
    """One item, asked with QUEUE_ITEM_TREE. Its kind is read from ``Queue$WaitingItem``."""
    fields = as_fields(answer)
    kind = re.split(r"[.$]", text(fields, "_class"))[-1][:50]
    task_of = split_job_url(text(member(fields, "task") or {}, "url"))
    return QueueItem(
        queue_id=needed_whole(fields, "id"),
        kind=kind,
        why=text(fields, "why") or None,
        in_queue_since_ms=epoch_ms(fields, "inQueueSince"),
        job=task_of[0] if task_of else None,
        is_blocked=flag(fields, "blocked"),
        is_buildable=flag(fields, "buildable"),
        is_stuck=flag(fields, "stuck"),
        is_pending=flag(fields, "pending"),
        is_cancelled=flag(fields, "cancelled"),
        waits_until_ms=epoch_ms(fields, "timestamp"),
        buildable_since_ms=epoch_ms(fields, "buildableStartMilliseconds"),
        build_number=count(member(fields, "executable") or {}, "number"),
        # For a moment Jenkins may tell no class; only what has left says whether it was cancelled
        has_left=kind == "LeftItem" or "cancelled" in fields,
        parameters=parameter_values(fields),
        step_of_build=task_of[1] if task_of else None,
    )


def queue_items(answer: Any) -> tuple[QueueItem, ...]:
    """The whole queue, as Jenkins orders it: soonest to run last."""
    return tuple(queue_item(entry) for entry in members(as_fields(answer), "items"))
