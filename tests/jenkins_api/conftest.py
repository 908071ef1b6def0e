"""Servers for the client's tests: one that replays recordings, one that misbehaves by hand."""

from __future__ import annotations

import html
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from jenkins_api import Jenkins

RECORDING = Path(__file__).parent.parent / "recordings" / "recorded-jenkins.json"
PAGE = "HTML page; its text: "
KEEP_ALIVE = "Connection: keep-alive"
SIGNED_IN = {"user": "admin", "token": "t0p-s3cret"}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Replay:
    """A server that knows the recorded exchanges a test names, and answers 501 to all else.

    Which fields we ask for is our own choice, so ``tree`` is not compared: it is applied to
    the recorded body, as Jenkins would. Fields we forgot to ask for are then missing.
    """

    def __init__(self) -> None:
        self.recorded = {each["note"]: each for each in json.loads(RECORDING.read_text())}
        self.playing: list[dict[str, Any]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def play(self, *notes: str) -> Jenkins:
        """A client of a Jenkins that answers just these; ``note`` is the recording's own."""
        self.playing = [self.recorded[note] for note in notes]
        return Jenkins(self.url, **SIGNED_IN, read_timeout_s=5)

    def find(self, method: str, path: str, form: dict[str, str]) -> dict[str, Any] | None:
        """The playing exchange for this request, compared without ``tree``."""
        wanted = (method, *split_query(path), form)
        for each in self.playing:
            request = each["request"]
            known = (request["method"], *split_query(request["path"]), request.get("form", {}))
            if known == wanted:
                return each
        return None


def split_query(path: str) -> tuple[str, dict[str, str]]:
    """Path and query; ours says ``delay=0sec``, most recordings kept the quiet period."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.pop("tree", None)
    query.pop("delay", None)
    return parts.path, query


def handler_for(replay: Replay) -> type[BaseHTTPRequestHandler]:
    """The request handler of one replaying server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            found = replay.find(self.command, self.path, form)
            if found is None:
                found = {"status": 501, "headers": {}, "body": f"{self.command} {self.path} {form}"}
            body = body_bytes(found["body"], self.path)
            self.send_response(found["status"])
            for name, value in found["headers"].items():
                if name != "Content-Length":
                    self.send_header(name, value)
            if found["status"] != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = answer

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


def body_bytes(body: Any, path: str) -> bytes:
    """The recorded body as it went over the wire, cut to the ``tree`` of the request."""
    if isinstance(body, str):
        if not body.startswith(PAGE):
            return body.encode()
        text = html.escape(body.removeprefix(PAGE))
        return f"<html><body>{text}</body></html>".encode()
    tree = dict(parse_qsl(urlsplit(path).query)).get("tree")
    return json.dumps(pruned(body, parsed_tree(tree)) if tree else body).encode()


def parsed_tree(tree: str) -> dict[str, dict[str, Any]]:
    """``a,b[c]{0,3}`` as ``{"a": {}, "b": {"c": {}}}``; ranges are left to other tests."""
    stack: list[dict[str, Any]] = [{}]
    last: dict[str, Any] = {}
    for part in re.findall(r"\w+|[\[\]]|\{[0-9,]*\}", tree):
        if part == "[":
            stack.append(last)
        elif part == "]":
            stack.pop()
        elif not part.startswith("{"):
            last = stack[-1].setdefault(part, {})
    assert len(stack) == 1, f"unbalanced tree: {tree}"
    return stack[0]


def pruned(value: Any, tree: dict[str, dict[str, Any]]) -> Any:
    """Only what the tree names, and ``_class``, which no tree takes away."""
    if isinstance(value, list):
        return [pruned(each, tree) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: pruned(each, tree.get(name, {}))
        for name, each in value.items()
        if name in tree or name == "_class"
    }


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback servers are asked without whatever proxies this machine has."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def replay() -> Iterator[Replay]:
    """A replaying server with nothing on yet."""
    served = Replay()
    thread = threading.Thread(target=served.server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


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
