"""What ``api/python`` shows: a Python literal, which differs from JSON by three words.

Written after Stapler's PythonDataWriter.
"""

import json
from collections.abc import Iterable


def to_text(value: object, indent: int | None, depth: int = 0) -> str:
    """The literal, on one line or indented by so many spaces."""
    if isinstance(value, dict):
        space = " " if indent else ""
        pairs = ((json.dumps(name), to_text(v, indent, depth + 1)) for name, v in value.items())
        inner = _joined((f"{name}:{space}{text}" for name, text in pairs), indent, depth)
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{_joined((to_text(v, indent, depth + 1) for v in value), indent, depth)}]"
    if value is None or isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _joined(parts: Iterable[str], indent: int | None, depth: int) -> str:
    """Each on a line of its own, where lines are indented."""
    parts = list(parts)
    if not indent or not parts:
        return ",".join(parts)
    margin = " " * (indent * (depth + 1))
    return "".join(["\n", ",\n".join(margin + part for part in parts), "\n", " " * indent * depth])
