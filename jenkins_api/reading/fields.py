"""Typed reading of one JSON object; what has another type than Jenkins gives is WrongShape.

Times, durations and estimates that cannot be (a broken clock or plugin) are "not known": one
odd build must not make the answer about all others unreadable. A queue id, the number of a
build or a count that cannot be is WrongShape, since without it nobody knows what is spoken of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]
_LARGEST_NUMBER = 2**63 - 1  # Java's long, and what a database column holds
LARGEST_COUNT = 2**31 - 1  # Java's int, that of builds and executors; a column as well
# Start of the year 9000: Python's times end with 9999, which leaves room for clocks that differ
_LAST_MS = 221_845_392_000_000
_LONGEST_S = 10 * 366 * 24 * 60 * 60.0


class WrongShape(ValueError):
    """A field is missing or has another type than Jenkins's export API gives it."""


def as_fields(value: Any) -> Fields:
    """``value`` if it is a JSON object."""
    if isinstance(value, dict):
        return value
    raise WrongShape("an object was expected")


def storable(value: str) -> str:
    """``value`` without what JSON may hold and others not: lone surrogates (no encoding
    can: ``?``) and NUL (PostgreSQL cannot: U+FFFD)."""
    return value.encode(errors="replace").decode().replace("\0", "\ufffd")


def text(fields: Fields, name: str) -> str:
    """A string, "" for null or nothing."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WrongShape(f"{name} is no text")
    return storable(value)


def needed_text(fields: Fields, name: str) -> str:
    """A string that must be there and not be empty."""
    value = text(fields, name)
    if not value:
        raise WrongShape(f"{name} is missing")
    return value


def word(fields: Fields, name: str, most_characters: int) -> str:
    """A string of a few that Jenkins knows, cut where it is longer than any of them."""
    return text(fields, name)[:most_characters]


def _integer(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    if value is not None and type(value) is not int:  # bool is an int too
        raise WrongShape(f"{name} is no whole number")
    return value


def whole(fields: Fields, name: str) -> int | None:
    """A whole number of at most 64 bits, None for null or nothing."""
    value = _integer(fields, name)
    if value is not None and abs(value) > _LARGEST_NUMBER:
        raise WrongShape(f"{name} is too large")
    return value


def count(fields: Fields, name: str) -> int | None:
    """A whole number from 0 to 2**31 - 1, None for null or nothing."""
    value = _integer(fields, name)
    if value is not None and not 0 <= value <= LARGEST_COUNT:
        raise WrongShape(f"{name} is out of range")
    return value


def needed_count(fields: Fields, name: str) -> int:
    """A whole number from 0 to 2**31 - 1 that must be there."""
    value = count(fields, name)
    if value is None:
        raise WrongShape(f"{name} is missing")
    return value


def epoch_ms(fields: Fields, name: str) -> int | None:
    """A time from 1970 to 8999; None for any other, null or nothing."""
    value_ms = _integer(fields, name)
    return value_ms if value_ms is not None and 0 <= value_ms < _LAST_MS else None


def duration_ms(fields: Fields, name: str) -> int | None:
    """A duration of up to ten years; None for any other, null or nothing.

    Jenkins says -1 for an estimate that it does not have.
    """
    value_ms = _integer(fields, name)
    return value_ms if value_ms is not None and 0 <= value_ms <= _LONGEST_S * 1000 else None


def needed_whole(fields: Fields, name: str) -> int:
    """A whole number that must be there."""
    value = whole(fields, name)
    if value is None:
        raise WrongShape(f"{name} is missing")
    return value


def seconds(fields: Fields, name: str) -> float:
    """A duration of up to ten years; 0.0 for any other, null or nothing."""
    value = fields.get(name)
    if value is None:
        return 0.0
    if type(value) not in (int, float):
        raise WrongShape(f"{name} is no number")
    return float(value) if 0 <= value <= _LONGEST_S else 0.0


def flag(fields: Fields, name: str) -> bool:
    """A boolean, False for null or nothing."""
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise WrongShape(f"{name} is neither true nor false")
    return bool(value)


def member(fields: Fields, name: str) -> Fields | None:
    """A nested object, None for null or nothing."""
    value = fields.get(name)
    return None if value is None else as_fields(value)


def members(fields: Fields, name: str) -> list[Fields]:
    """The objects of a list, nulls left out; empty for null or nothing."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongShape(f"{name} is no list")
    return [as_fields(entry) for entry in value if entry is not None]


def texts(value: Any) -> tuple[str, ...]:
    """A list of strings; plugins give other things under the same names, which say nothing."""
    return tuple(storable(str(each)) for each in value) if isinstance(value, list) else ()


PARAMETERS_TREE = "parameters[name,value,jobName,number]"


def submitted(parameter: Fields) -> Any:
    """The value of a parameter, that of a run parameter as it is submitted: ``qa/smoke#12``
    (contract 3.3); its number is a text in Jenkins (RunParameterValue.getNumber)."""
    job = parameter.get("jobName")
    return f"{job}#{parameter.get('number')}" if job else parameter.get("value")


def parameter_values(fields: Fields) -> dict[str, str]:
    """Parameters of a queue item or build by name; passwords and files have no value there."""
    values = {}
    for action in members(fields, "actions"):
        for parameter in members(action, "parameters"):
            name, value = text(parameter, "name"), submitted(parameter)
            if isinstance(value, bool):
                values[name] = str(value).lower()
            elif isinstance(value, str | int | float):
                values[name] = storable(str(value))
    return values
