"""A server that lets nobody in, as a controller answers a token that it no longer knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class NoEntry(ThreadingHTTPServer):
    """Answers 401 to everything, and counts."""

    asked = 0

    def handle_error(self, *_: object) -> None:
        """Who asks may go away before the answer: tests print nothing."""


class _Refuse(BaseHTTPRequestHandler):
    def _refuse(self) -> None:
        self.server.asked += 1
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="Jenkins", charset="UTF-8"')
        self.send_header("X-Jenkins", "2.528.2")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = _refuse

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@contextmanager
def no_entry(port: int) -> Iterator[NoEntry]:
    """Run it on a port of this machine."""
    server = NoEntry(("127.0.0.1", port), _Refuse)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
