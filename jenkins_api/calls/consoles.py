"""Consoles."""

from __future__ import annotations

import re
from collections.abc import Generator
from math import inf
from typing import BinaryIO

from jenkins_api.answers import MOST_PAGE_BYTES
from jenkins_api.calls.base import Calls
from jenkins_api.paths import build_path
from jenkins_api.records import ConsoleChunk

MOST_CONSOLE_BYTES = 16 * 1024 * 1024


class ConsoleCalls(Calls):
    """Calls about a build's log."""

    def console(self, job: str, number: int, start: int = 0) -> ConsoleChunk:
        """The log from byte ``start``, an offset that an earlier chunk gave (contract 7).

        A piece over 16 MiB is cut after a line and has more. Its ``next_start`` is then counted
        from the text, so it is exact only where the log has no CRLF of its own.
        """
        answer = self._transport.get(
            f"{build_path(job, number)}/logText/progressiveText",
            {"start": f"{start:d}"},
            most_bytes=MOST_CONSOLE_BYTES,
        )
        size = answer.headers.get("X-Text-Size", "")
        if not re.fullmatch("[0-9]{1,18}", size):  # more would not fit a database's integer
            raise answer.unexpected("no log: it has no X-Text-Size")
        has_more = answer.headers.get("X-More-Data", "").lower() == "true"
        if answer.is_cut:
            return _cut_chunk(answer.body, start, is_rotated=int(size) < start)
        text = answer.body.replace(b"\r\n", b"\n")
        return ConsoleChunk(text, start=start, next_start=int(size), has_more=has_more)

    def console_pieces(
        self, job: str, number: int, within_s: float = inf
    ) -> Generator[bytes, None, None]:
        """The whole log piece by piece, asked for with the first one; close it to stop early.

        AnswerLost where it is not read in ``within_s`` after its beginning.

        Jenkins takes its console notes out of this form and keeps line ends as stored.
        Source: Run.doConsoleText.
        """
        path = f"{build_path(job, number)}/consoleText"
        with self._transport.stream(path, expect=(200,)) as opened:
            if not opened.headers.get("Content-Type", "").startswith("text/plain"):
                raise opened.read(MOST_PAGE_BYTES).unexpected("this is no log")
            yield from opened.long_pieces(within_s)

    def save_console(self, job: str, number: int, to: BinaryIO) -> int:
        """Write the whole log to ``to``; returns the number of bytes.

        AnswerLost leaves what was written.
        """
        return sum(to.write(piece) for piece in self.console_pieces(job, number))


def _cut_chunk(body: bytes, start: int, *, is_rotated: bool) -> ConsoleChunk:
    whole_lines = body[: body.rfind(b"\n") + 1] or body.rstrip(b"\r")
    text = whole_lines.replace(b"\r\n", b"\n")
    next_start = len(text) if is_rotated else start + len(text)
    return ConsoleChunk(text, start=start, next_start=next_start, has_more=True)
