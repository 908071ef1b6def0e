"""What can go wrong when asking Jenkins, split by what the caller may do next.

JenkinsError
├── NotSent            the request provably never reached Jenkins: repeat freely
├── AnswerLost         it may have reached Jenkins: a POST may have worked
└── UnexpectedAnswer   Jenkins (or a proxy) answered something else
    ├── NotAuthorised  401, a permission 403, or a redirect to a login page
    ├── Declined       a plugin of Jenkins's did not let a launch into the queue
    └── Unavailable    503: starting, restarting, or a proxy in front of neither

Only these leave ``jenkins_api``. Their texts carry no credentials and no query strings.
"""

from __future__ import annotations

from functools import partial
from typing import Any

PASSING = frozenset({408, 425, 429})  # timeout, too early, too many requests


class JenkinsError(Exception):
    """Base of everything this package raises; ``url`` is the address without its query."""

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(message)
        self.url = url

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as it was made: exceptions are else made again of their message alone."""
        return partial(type(self), **vars(self)), self.args

    @property
    def is_final(self) -> bool:
        """Whether asking again would get the same no."""
        return False


class NotSent(JenkinsError):
    """Name not resolved, connection refused, TLS failed or connect timeout."""


class AnswerLost(JenkinsError):
    """Read timeout or broken connection after the request may have been sent."""


class UnexpectedAnswer(JenkinsError):
    """An answer that the call does not know: ``status``, and ``reason`` for a person.

    ``reason`` is Jenkins's own ``X-Error``, else the first text of the page (at most 300
    characters, tags removed); it is text from outside and must be escaped when shown.
    ``retry_after_s`` is what a Retry-After says (of a proxy: Jenkins sends none), None without one.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str,
        status: int,
        reason: str = "",
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message, url=url)
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s

    @property
    def is_final(self) -> bool:
        """A clear no (400 to 499). What is 500 or more, and a page where there should be none,
        may come from a proxy that has lost Jenkins for a moment."""
        return 400 <= self.status < 500 and self.status not in PASSING


class NotAuthorised(UnexpectedAnswer):
    """Wrong credentials (401) or a missing permission (403).

    ``permission`` is Jenkins's ``X-Required-Permission`` where it names one, else "".
    """

    def __init__(
        self,
        message: str,
        *,
        url: str,
        status: int,
        reason: str = "",
        retry_after_s: int | None = None,
        permission: str = "",
    ) -> None:
        super().__init__(
            message, url=url, status=status, reason=reason, retry_after_s=retry_after_s
        )
        self.permission = permission


class Declined(UnexpectedAnswer):
    """A launch that a plugin of Jenkins's (a queue decision handler) did not let into the queue.

    Jenkins tells it by sending us to the job's page, and gives no reason.
    """


class Unavailable(UnexpectedAnswer):
    """503: Jenkins is starting or restarting, or a proxy could not reach it; ask again.

    ``is_from_jenkins``: Jenkins itself says so, on every path and before any of its code could
    do a thing. A proxy may say it after it has passed the request on.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str,
        status: int,
        reason: str = "",
        retry_after_s: int | None = None,
        is_from_jenkins: bool = False,
    ) -> None:
        super().__init__(
            message, url=url, status=status, reason=reason, retry_after_s=retry_after_s
        )
        self.is_from_jenkins = is_from_jenkins
