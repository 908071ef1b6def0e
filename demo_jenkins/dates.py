"""Dates as Java's SimpleDateFormat writes them, in English and by the letters that are common."""

import re
from datetime import datetime

SHORT = "M/d/yy, h:mm a"  # what Java calls short, for both date and time
_PARTS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^']", re.DOTALL)
_TEXTS = {"a": ("%p", "%p"), "E": ("%a", "%A"), "M": ("%b", "%B"), "Z": ("%z", "%z")}


def format_date(date: datetime, pattern: str) -> str:
    """The date by a pattern such as ``yyyy-MM-dd 'at' HH:mm``; ValueError for a malformed one."""
    parts = list(_PARTS.finditer(pattern))
    if "".join(part[0] for part in parts) != pattern:
        raise ValueError("Unterminated quote")
    return "".join(_written(date, part) for part in parts)


def _written(date: datetime, part: re.Match[str]) -> str:
    quoted, letter = part.groups()
    if quoted is not None:
        return quoted.replace("''", "'") or "'"
    if letter is None:
        return part[0]
    width = len(part[0])
    if letter in _TEXTS and (letter != "M" or width > 2):
        return date.strftime(_TEXTS[letter][width > 3])
    numbers = {
        "y": date.year % 100 if width == 2 else date.year,
        "M": date.month,
        "d": date.day,
        "H": date.hour,
        "h": date.hour % 12 or 12,
        "m": date.minute,
        "s": date.second,
        "S": date.microsecond // 1000,
    }
    if letter not in numbers:
        raise ValueError(f"Illegal pattern character '{letter}'")
    return f"{numbers[letter]:0{width}}"
