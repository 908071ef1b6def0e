"""Consoles."""

from __future__ import annotations

import re
from collections.abc import Generator
from math import inf
from typing import BinaryIO

from jenkins_api.answers import MOST_PAGE_BYTES, Answer, Opened
from jenkins_api.calls.base import Calls
from jenkins_api.paths import build_path
from jenkins_api.records import ConsoleChunk

MOST_CONSOLE_BYTES = 16 * 1024 * 1024
_CHUNK_BYTES = 4 * 1024 * 1024
_LINE_END = re.compile(rb"(?<!\r)\r+\n")
_NO_LOG = "no log: it has no X-Text-Size"


class ConsoleCalls(Calls):
    """Calls about a build's log."""

    def console(self, job: str, number: int, start: int = 0) -> ConsoleChunk:
        """The log from byte ``start``, an offset that an earlier chunk gave (contract 7).

        UnexpectedAnswer where that is over 16 MiB: `console_chunks` reads it.
        """
        path, query = _progressive(job, number, start)
        answer = self._transport.get(path, query, most_bytes=MOST_CONSOLE_BYTES)
        size = _text_size(answer)
        if size is None:
            raise answer.unexpected(_NO_LOG)
        if answer.is_cut:
            raise answer.unexpected(f"more than {MOST_CONSOLE_BYTES} bytes at once")
        return ConsoleChunk(_with_lf(answer.body), start, size, _has_more(answer))

    def console_chunks(
        self, job: str, number: int, start: int = 0, *, chunk_within_s: float | None = None
    ) -> Generator[ConsoleChunk, None, None]:
        """What `console` gives, however long, in chunks of some 4 MiB; close it to stop early.

        Only the last chunk moves the offset: line ends were changed on the way, so nobody can
        tell at which byte of Jenkins's log another one ends. After AnswerLost all of them come
        again. They may take ``answer_timeout_s`` together, or ``chunk_within_s`` each.
        """
        path, query = _progressive(job, number, start)
        with self._transport.stream(path, query=query, expect=(200,)) as opened:
            size = _text_size(opened)
            if size is None:
                raise opened.read(MOST_PAGE_BYTES).unexpected(_NO_LOG)
            before_bytes, rest = 0, bytearray()
            for piece in opened.pieces():
                rest += piece
                if len(rest) >= _CHUNK_BYTES:
                    # What ends in CR may go on with LF; so long a run of them is no line end
                    end = max(len(rest.rstrip(b"\r")), len(rest) - 1024)
                    text = _with_lf(bytes(rest[:end]))
                    yield ConsoleChunk(text, start, start, True, before_bytes, is_part=True)
                    before_bytes += len(text)
                    del rest[:end]
                    if chunk_within_s is not None:
                        opened.extend(chunk_within_s)
            yield ConsoleChunk(_with_lf(bytes(rest)), start, size, _has_more(opened), before_bytes)

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


def _progressive(job: str, number: int, start: int) -> tuple[str, dict[str, str]]:
    return f"{build_path(job, number)}/logText/progressiveText", {"start": f"{start:d}"}


def _text_size(answer: Answer | Opened) -> int | None:
    size = answer.headers.get("X-Text-Size", "")
    # More digits would not fit a database's integer
    return int(size) if re.fullmatch("[0-9]{1,18}", size) else None


def _has_more(answer: Answer | Opened) -> bool:
    return answer.headers.get("X-More-Data", "").lower() == "true"


def _with_lf(text: bytes) -> bytes:
    """Jenkins puts a CR before each LF that has none in this answer.

    So all CRs before an LF are one line end with it: an answer may begin between them.
    """
    return _LINE_END.sub(b"\n", text.replace(b"\r\n", b"\n"))  # the first is the usual, and quick
