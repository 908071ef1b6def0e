"""Faults on demand, and counts of requests: what Jenkins does not have but tests need."""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What can be made to go wrong with an answer."""

    CLOSE_BEFORE = "close-before"  # close without doing or answering anything
    CLOSE_AFTER_ACCEPT = "close-after-accept"  # do the work, then close without answering
    HANG = "hang"  # neither work nor answer for ``seconds``, then close
    UNAVAILABLE = "unavailable"  # 503 as a starting controller or a proxy gives
    SLOW_BODY = "slow-body"  # the right answer, its body spread over ``seconds``
    HTML = "html"  # 200 with a page where something else was due
    LOGIN_REDIRECT = "login-redirect"  # 302 to a sign-in page, as a proxy in front gives
    DECLINE = "decline"  # a launch is refused as by a plugin's queue decision handler
    END_SESSIONS = "end-sessions"  # all web sessions, and so their crumbs, have just ended
    BROKEN_REPORT = "broken-report"  # a test report that is neither JSON nor XML


@dataclass
class Fault:
    """Something that goes wrong with the next ``count`` requests that fit, or for some time."""

    kind: FaultKind
    count: int = 1
    for_s: float | None = None  # instead of a count
    seconds: float = 0.0  # how long a hang or a slow body takes; Retry-After of a 503
    path: str = ""  # only requests whose path holds this
    method: str = ""  # only requests by this method
    until_s: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.for_s is not None:
            self.until_s = time.monotonic() + self.for_s

    @property
    def is_over(self) -> bool:
        """Whether it no longer happens."""
        if self.until_s is not None:
            return time.monotonic() > self.until_s
        return self.count <= 0

    def fits(self, method: str, path: str) -> bool:
        """Whether it is meant for such a request; each kind has requests of its own."""
        is_launch = method == "POST" and path.endswith(("/build", "/buildWithParameters"))
        if self.kind == FaultKind.CLOSE_AFTER_ACCEPT and not self.path:
            return is_launch
        if self.kind == FaultKind.DECLINE and not (is_launch and "/job/" in path):
            return False
        if self.kind == FaultKind.BROKEN_REPORT and "/testReport/" not in path:
            return False
        return self.path in path and self.method in ("", method)


class Faults:
    """Faults that wait for a request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let it happen from now on."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault for this request, counted as having happened."""
        self._waiting = [fault for fault in self._waiting if not fault.is_over]
        for fault in self._waiting:
            if fault.fits(method, path):
                fault.count -= 1
                return fault
        return None


@dataclass
class RequestCounts:
    """How often each kind of request came, such as ``GET build/testReport/api/json``."""

    by_kind: Counter[str] = field(default_factory=Counter)

    def reset(self) -> None:
        """Start again from zero."""
        self.by_kind.clear()
