"""A server that replays what a running Jenkins answered."""

from __future__ import annotations

import html
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jenkins_api import Jenkins
from tests.jenkins_api.raw_server import SIGNED_IN

RECORDING = Path(__file__).parent.parent / "recordings" / "recorded-jenkins.json"
PAGE = "HTML page; its text: "
PERMALINKS = (
    "lastBuild",
    "lastCompletedBuild",
    "lastStableBuild",
    "lastSuccessfulBuild",
    "lastUnstableBuild",
    "lastFailedBuild",
    "lastUnsuccessfulBuild",
)

# Recordings that no test plays: the client never asks this. They are the stand-in's to answer.
NOT_PLAYED = dict.fromkeys(
    (
        "Make a folder",
        "Make a job from configuration XML",
        "The same name again",
        "Make a job inside a folder",
        "Delete a job",
        "Delete a kept build",
    ),
    "the client makes and deletes neither jobs nor builds",
)
NOT_PLAYED |= dict.fromkeys(
    ("Is it up", "Root, signed out"), "the client asks /login, which everybody may read"
)
NOT_PLAYED |= dict.fromkeys(
    ("Range", "Broken tree"), "every tree of the client is a constant and whole"
)
NOT_PLAYED |= dict.fromkeys(
    ("Last build before any", "Last stable before any"),
    "the client asks for all permalinks at once, where none is null",
)
NOT_PLAYED |= dict.fromkeys(
    ("Launch with parameters by GET", "Disable by GET", "The same by GET"),
    "what changes something is a POST",
)
NOT_PLAYED["Console from no number"] = "an offset is always a number"


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

    def play(self, *notes: str, credentials: dict[str, str] = SIGNED_IN) -> Jenkins:
        """A client of a Jenkins that answers just these; ``note`` is the recording's own."""
        self.playing = [self.recorded[note] for note in notes]
        return Jenkins(self.url, **credentials, read_timeout_s=5)

    def find(self, method: str, path: str, body: str, is_signed_in: bool) -> dict[str, Any] | None:
        """The playing exchange for this request."""
        for each in self.playing:
            request = each["request"]
            known = (request["method"], *split(request["path"], request.get("form", {})))
            is_for_us = (request.get("auth") != "none") == is_signed_in
            if is_for_us and known == (method, *split(path, dict(pairs(body)))):
                return each
        return None


def split(path: str, form: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Path, and the values of query and form together: Jenkins reads both alike.

    Ours says ``delay=0sec``, most recordings kept the quiet period.
    """
    parts = urlsplit(path)
    values = {**dict(pairs(parts.query)), **form}
    return parts.path, {name: values[name] for name in values if name not in ("tree", "delay")}


def pairs(encoded: str) -> list[tuple[str, str]]:
    """Names and values of a query or an urlencoded body."""
    return parse_qsl(encoded, keep_blank_values=True)


def handler_for(replay: Replay) -> type[BaseHTTPRequestHandler]:
    """The request handler of one replaying server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = self.rfile.read(length).decode()
            found = replay.find(self.command, self.path, form, "Authorization" in self.headers)
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
    tree = dict(pairs(urlsplit(path).query)).get("tree")
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
