"""Faults on demand, and counts of requests: what Jenkins does not have but tests need."""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    CLOSE_AFTER_ACCEPT = "close-after-accept"  # do the work, then close without answering
    BROKEN_REPORT = "broken-report"  # a test report that is neither JSON nor XML


@dataclass
class Fault:
    """Something that goes wrong for the next ``count`` requests that fit, or until a time."""

    kind: FaultKind
    count: int
    seconds: float | None = None
    path: str = ""  # only requests whose path holds this
    until_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if self.seconds is not None:
            self.until_s = time.monotonic() + self.seconds


class Faults:
    """Faults waiting for a request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let it happen to the next request that fits."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()

    def take(self, path: str, kinds: set[FaultKind]) -> Fault | None:
        """The fault that is due for this request, counted as having happened."""
        for fault in self._waiting:
            if fault.kind in kinds and fault.path in path:
                fault.count -= 1
                if fault.count <= 0:
                    self._waiting.remove(fault)
                return fault
        return None


@dataclass
class RequestCounts:
    """How often each kind of request came, such as ``GET build/testReport/api/json``."""

    by_kind: Counter[str] = field(default_factory=Counter)

    def reset(self) -> None:
        """Start again from zero."""
        self.by_kind.clear()
