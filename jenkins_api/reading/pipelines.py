"""Pipeline stages and questions, as the ``wfapi`` plugin tells them (it ignores ``tree``)."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    Fields,
    WrongShape,
    as_fields,
    duration_ms,
    epoch_ms,
    member,
    members,
    needed_text,
    text,
)
from jenkins_api.reading.jobs import definition_of
from jenkins_api.records import ParameterDefinition, PendingInput, Stage


def stages(answer: Any) -> tuple[Stage, ...]:
    """``wfapi/describe``: the stages in their order, those that run included."""
    return tuple(_stage(entry) for entry in members(as_fields(answer), "stages"))


def _stage(fields: Fields) -> Stage:
    return Stage(
        stage_id=needed_text(fields, "id"),
        name=text(fields, "name"),
        status=needed_text(fields, "status"),
        started_ms=epoch_ms(fields, "startTimeMillis"),
        duration_ms=duration_ms(fields, "durationMillis") or 0,
        paused_ms=duration_ms(fields, "pauseDurationMillis") or 0,
        error=text(member(fields, "error") or {}, "message"),
    )


def pending_inputs(answer: Any) -> tuple[PendingInput, ...]:
    """``wfapi/pendingInputActions``, a bare list."""
    if not isinstance(answer, list):
        raise WrongShape("a list was expected")
    return tuple(_pending_input(as_fields(entry)) for entry in answer)


def _pending_input(fields: Fields) -> PendingInput:
    return PendingInput(
        input_id=needed_text(fields, "id"),
        message=text(fields, "message"),
        proceed_text=text(fields, "proceedText"),
        parameters=tuple(_asked(entry) for entry in members(fields, "inputs")),
    )


def _asked(fields: Fields) -> ParameterDefinition:
    """A parameter of a question. Source: InputParameterDefExt of the pipeline REST plugin."""
    definition = member(fields, "definition") or {}
    return definition_of(fields, definition.get("defaultVal"), definition.get("choices"))
