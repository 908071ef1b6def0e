"""Dates by Java's patterns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo_jenkins.dates import SHORT, format_date

DATE = datetime(2026, 3, 5, 0, 7, 9, 45_000, UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (SHORT, "3/5/26, 12:07 AM"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-03-05T00:07:09.045+0000"),
        ("EEE, d MMM yyyy", "Thu, 5 Mar 2026"),
        ("EEEE, MMMM dd", "Thursday, March 05"),
        ("h 'o''clock' a ''yy", "12 o'clock AM '26"),
        ("", ""),
    ],
)
def test_pattern(pattern: str, text: str) -> None:
    assert format_date(DATE, pattern) == text


@pytest.mark.parametrize("pattern", ["b", "yyyy 'open", "'"])
def test_malformed(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern character|quote"):
        format_date(DATE, pattern)
