"""One time limit for a whole exchange, from connecting to the last byte of the answer.

The timeouts of requests limit each silence, so headers or a body that drip may take for ever.
Here every single read of a socket waits no longer than what is left until the deadline of its
request; no thread watches over it, and it costs some microseconds. Only what comes before the
answer is not shortened: resolving a name, trying the addresses of a host in turn, and sending,
each limited by the connect timeout (of a name by the system's; with TLS for each 16 KiB sent).
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from math import inf
from typing import Any

from requests.adapters import HTTPAdapter


class Deadline:
    """When an exchange must be over; moved where its body may take longer."""

    def __init__(self, within_s: float) -> None:
        self.move(within_s)

    def move(self, within_s: float) -> None:
        """Count anew from now."""
        self._until_s = time.monotonic() + within_s

    def limit(self, socket: socket.socket, most_s: float | None) -> None:
        """Let the next read of ``socket`` wait for ``most_s`` at most; TimeoutError if too late."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the time for the whole exchange is over")
        shorter_s = left_s if most_s is None else min(left_s, most_s)
        socket.settimeout(None if shorter_s == inf else shorter_s)


# That of the request which this thread sends just now: urllib3 passes nothing of ours on
_current: ContextVar[Deadline] = ContextVar("deadline")


@contextmanager
def keeping(deadline: Deadline) -> Iterator[None]:
    """Connections that are used inside keep ``deadline``, and so do their answers later."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


class DeadlineAdapter(HTTPAdapter):
    """Gives requests connections that keep the deadline of `keeping`."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool for a request; those that are new get our kind of connection."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if pool.ConnectionCls.response_class is not _Response:
            kind = pool.ConnectionCls  # plain or TLS, as urllib3 has it
            pool.ConnectionCls = type("Connection", (kind,), {"response_class": _Response})
        return pool


class _Response(HTTPResponse):
    """An answer, also that of a proxy to CONNECT, read within the deadline of its request."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reading(sock, self.fp.detach(), _current.get()))


class _Reading(io.RawIOBase):
    def __init__(self, socket: socket.socket, raw: io.RawIOBase, deadline: Deadline) -> None:
        self._socket = socket
        self._raw = raw
        self._deadline = deadline
        self._silence_s = socket.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._deadline.limit(self._socket, self._silence_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
