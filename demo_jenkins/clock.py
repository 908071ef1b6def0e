"""The controller's clock, which tests and the admin endpoint may move."""

import time


class Clock:
    """Wall clock plus an adjustable offset, in milliseconds since the epoch."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by this controller's clock."""
        return int(time.time() * 1000) + self.offset_ms

    def forward(self, seconds: float) -> None:
        """Move the clock; a negative number moves it back."""
        self.offset_ms += int(seconds * 1000)
