"""A service that logs a lot, in colours."""

import pytest

LINES = 20_000
LEVELS = [
    "\x1b[32mINFO\x1b[0m",
    "\x1b[36mDEBUG\x1b[0m",
    "\x1b[33mWARN\x1b[0m",
    "\x1b[31mERROR\x1b[0m",
]


def test_logs_a_lot(capfd: pytest.CaptureFixture[str]) -> None:
    lines = (f"{LEVELS[n % 4]} \x1b[2m#{n:05}\x1b[0m order {n * 7} handled" for n in range(LINES))
    with capfd.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 the console is the point
