"""Builds."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    as_fields,
    estimate_ms,
    flag,
    members,
    needed_whole,
    parameter_values,
    text,
    whole,
)
from jenkins_api.records import Build

BUILD_TREE = (
    "number,id,queueId,result,building,inProgress,timestamp,duration,estimatedDuration,builtOn,"
    "keepLog,displayName,description,actions[parameters[name,value],causes[shortDescription]]"
)


def build(answer: Any) -> Build:
    """One build, asked with BUILD_TREE; ``inProgress`` is told by newer cores only."""
    fields = as_fields(answer)
    queue_id = whole(fields, "queueId")
    return Build(
        number=needed_whole(fields, "number"),
        build_id=text(fields, "id"),
        queue_id=-1 if queue_id is None else queue_id,
        result=text(fields, "result") or None,
        is_building=flag(fields, "building") or flag(fields, "inProgress"),
        started_ms=needed_whole(fields, "timestamp"),
        duration_ms=whole(fields, "duration") or 0,
        estimated_ms=estimate_ms(fields),
        node=text(fields, "builtOn"),
        is_kept=flag(fields, "keepLog"),
        display_name=text(fields, "displayName"),
        description=text(fields, "description"),
        causes=tuple(
            text(cause, "shortDescription")
            for action in members(fields, "actions")
            for cause in members(action, "causes")
        ),
        parameters=parameter_values(fields),
        kind=text(fields, "_class"),
    )


def builds(answer: Any) -> tuple[Build, ...]:
    """The ``builds`` of a job, newest first."""
    return tuple(build(entry) for entry in members(as_fields(answer), "builds"))
