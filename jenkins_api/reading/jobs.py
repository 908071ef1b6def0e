"""Jobs, their parameters, and the catalogue of folders."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    Fields,
    as_fields,
    flag,
    member,
    members,
    needed_text,
    storable,
    submitted,
    text,
    texts,
)
from jenkins_api.records import Job, ParameterDefinition

JOB_TREE = (
    "fullName,displayName,description,buildable,disabled,color,labelExpression,"
    "property[parameterDefinitions[name,type,description,choices,"
    "defaultParameterValue[value,jobName,number]]]"
)


def job(answer: Any) -> Job:
    """One job, asked with JOB_TREE."""
    fields = as_fields(answer)
    return Job(
        full_name=needed_text(fields, "fullName"),
        kind=text(fields, "_class"),
        is_buildable=flag(fields, "buildable"),
        is_disabled=flag(fields, "disabled"),
        color=text(fields, "color"),
        description=text(fields, "description"),
        display_name=text(fields, "displayName"),
        parameters=tuple(
            parameter_definition(definition)
            for entry in members(fields, "property")
            for definition in members(entry, "parameterDefinitions")
            if definition.get("name")  # an old job may hold one without, which nobody can give
        ),
        label=text(fields, "labelExpression"),
    )


def parameter_definition(fields: Fields) -> ParameterDefinition:
    """One definition; a type that a plugin brought is read as far as it goes."""
    default = submitted(member(fields, "defaultParameterValue") or {})
    return definition_of(fields, default, fields.get("choices"))


def definition_of(fields: Fields, default: Any, choices: Any) -> ParameterDefinition:
    """A definition whose default and choices may stand elsewhere, as wfapi has them."""
    return ParameterDefinition(
        name=needed_text(fields, "name"),
        kind=text(fields, "type"),
        description=text(fields, "description"),
        default=_text_or_flag(default),
        choices=texts(choices),
    )


def _text_or_flag(value: Any) -> str | bool | None:
    if isinstance(value, str):
        return storable(value)
    return value if isinstance(value, bool) else None


def catalogue_tree(levels: int) -> str:
    """A tree for jobs in ``levels`` levels of folders; the last shows only if there is more."""
    tree = "jobs[name]{0,1}"
    for _ in range(levels):
        tree = f"jobs[{JOB_TREE},{tree}]"
    return tree


def catalogue(answer: Any, levels: int) -> tuple[list[Job], list[str]]:
    """Jobs found, and the full names of folders whose content lies deeper than ``levels``.

    A container is what has a ``jobs`` key (contract 3.2); it is no job itself.
    """
    found: list[Job] = []
    deeper: list[str] = []
    for entry in members(as_fields(answer), "jobs"):
        if "jobs" not in entry:
            found.append(job(entry))
        elif levels > 1:
            inner_jobs, inner_deeper = catalogue(entry, levels - 1)
            found += inner_jobs
            deeper += inner_deeper
        elif members(entry, "jobs"):
            deeper.append(needed_text(entry, "fullName"))
    return found, deeper
