"""A server that answers with whatever bytes a test gives it."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jenkins_api import Jenkins

KEEP_ALIVE = "Connection: keep-alive"
STARTING = "Cache-Control: no-cache,no-store,must-revalidate"  # of a 503 of Jenkins's own
SIGNED_IN = {"user": "admin", "token": "t0p-s3cret"}


class RawServer:
    """Accepts connections, keeps each request's bytes, and answers with scripted bytes.

    ``script`` holds one reply for each request: bytes, a function that gets the connection,
    or b"" to hang up without an answer; the last one is repeated. A connection is closed
    after its reply unless the reply has KEEP_ALIVE.
    """

    def __init__(
        self, *script: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
    ) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self.port = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed by the test
            self.connections += 1
            threading.Thread(target=self._answer_all, args=(connection,), daemon=True).start()

    def _answer_all(self, plain: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as each:
                while self._answer(each):
                    pass
        except OSError:
            return  # the client hung up, which is what some tests are about

    def _answer(self, connection: socket.socket) -> bool:
        """Answer one request; whether the connection takes another."""
        request = read_request(connection)
        if not request:
            return False
        self.requests.append(request)
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(reply):
            reply(connection)
            return False
        connection.sendall(reply)
        return KEEP_ALIVE.encode() in reply

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def client_of(server: RawServer, **options: float) -> Jenkins:
    """A signed-in client of ``server`` that does not wait long."""
    return Jenkins(server.url, **SIGNED_IN, **{"read_timeout_s": 5, **options})


def read_request(connection: socket.socket) -> bytes:
    """One request with its body, b"" if the client has gone."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(status: int, body: bytes = b"", *headers: str, kind: str = "application/json") -> bytes:
    """The bytes of a whole answer, the last on its connection if no header says otherwise."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers]
    if KEEP_ALIVE not in headers:
        lines.append("Connection: close")
    if body:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drip(start: bytes) -> Callable[[socket.socket], None]:
    """A reply that begins with ``start`` and then comes byte by byte until the client hangs up.

    For a client that keeps no deadline it ends after some seconds, as a whole answer.
    """

    def send(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(100):
            time.sleep(0.05)  # never so long that it would count as silence
            connection.sendall(b"a")

    return send


@pytest.fixture
def raw() -> Iterator[Callable[..., RawServer]]:
    """Makes raw servers and closes them."""
    servers: list[RawServer] = []

    def make(*script: bytes | Callable[[socket.socket], None], **kwargs: Any) -> RawServer:
        servers.append(RawServer(*script, **kwargs))
        return servers[-1]

    yield make
    for server in servers:
        server.close()
