"""What an address or a form asks for, read in one way."""

from __future__ import annotations

from collections.abc import Mapping


def asked_text(query: Mapping[str, str], name: str, *, strip: bool = True) -> str:
    """The text of ``name``, "" where it is missing; without NUL, which PostgreSQL cannot take."""
    text = query.get(name, "").replace("\0", "")
    return text.strip() if strip else text


def asked_number(query: Mapping[str, str], name: str) -> int | None:
    """The whole number of ``name`` as a database holds it; None where it is missing or none."""
    text = asked_text(query, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
