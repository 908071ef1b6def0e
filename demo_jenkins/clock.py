"""The controller's clock, which tests and the admin endpoint may move."""

import time

LATEST_S = 253_402_300_800  # the year 10000, which no Date header can name


class OutOfTime(ValueError):
    """The clock can only be in the years 1970 to 9999."""


class Clock:
    """Wall clock plus an adjustable offset, in milliseconds since the epoch."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by this controller's clock."""
        return int(time.time() * 1000) + self.offset_ms

    def forward(self, seconds: float) -> None:
        """Move the clock, back by a negative number; OutOfTime beyond the years it can tell."""
        if not 0 <= self.now_ms() / 1000 + seconds < LATEST_S:  # also where it is no number
            raise OutOfTime
        self.offset_ms += int(seconds * 1000)
