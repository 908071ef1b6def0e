"""Typed reading of one JSON object; what has another type than Jenkins gives is WrongShape."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

Fields = Mapping[str, Any]
_LARGEST_NUMBER = 2**63 - 1  # Java's long, and what a database column holds


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


def whole(fields: Fields, name: str) -> int | None:
    """A whole number, None for null or nothing."""
    value = fields.get(name)
    if value is None:
        return None
    if type(value) is not int or abs(value) > _LARGEST_NUMBER:  # bool is an int too
        raise WrongShape(f"{name} is no whole number")
    return value


def needed_whole(fields: Fields, name: str) -> int:
    """A whole number that must be there."""
    value = whole(fields, name)
    if value is None:
        raise WrongShape(f"{name} is missing")
    return value


def seconds(fields: Fields, name: str) -> float:
    """A finite number, 0.0 for null or nothing."""
    value = fields.get(name)
    if value is None:
        return 0.0
    if type(value) not in (int, float) or not isfinite(value):
        raise WrongShape(f"{name} is no number")
    return float(value)


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


def parameter_values(fields: Fields) -> dict[str, str]:
    """Parameters of a queue item or build by name; passwords and files have no value there."""
    values = {}
    for action in members(fields, "actions"):
        for parameter in members(action, "parameters"):
            value = parameter.get("value")
            if isinstance(value, bool):
                values[needed_text(parameter, "name")] = str(value).lower()
            elif isinstance(value, str | int | float):
                values[needed_text(parameter, "name")] = storable(str(value))
    return values


def estimate_ms(fields: Fields) -> int | None:
    """``estimatedDuration`` of a build, None where Jenkins says -1: it has none."""
    given_ms = whole(fields, "estimatedDuration")
    return None if given_ms is None or given_ms < 0 else given_ms
