"""The console of a build: what is written around its output, and reading it back."""

import base64
import codecs
import gzip
import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINES_PER_ANSWER = 10_000  # while a build runs
BLOCK_BYTES = 1 << 16
_NOTE = re.compile(rb"\x1b\[8mha:.*?\x1b\[0m")
_LONE_LF = re.compile(r"(?<!\r)\n")


def note(target: str) -> bytes:
    """A console note in the form Jenkins writes: size, signature, size, zipped object."""
    zipped = gzip.compress(target.encode(), mtime=0)
    signature = hashlib.sha256(target.encode()).digest()
    sizes = struct.pack(">i", -len(signature)), struct.pack(">i", len(zipped))
    encoded = base64.b64encode(sizes[0] + signature + sizes[1] + zipped)
    return b"\x1b[8mha:" + encoded + b"\x1b[0m"


def without_notes(data: bytes) -> bytes:
    """The text with its console notes taken out."""
    return _NOTE.sub(b"", data)


@dataclass(frozen=True)
class Progress:
    """The part of a console that one progressive answer covers, in bytes of the raw log."""

    start: int
    end: int
    has_more: bool


def progress(log: Path, start: int, *, is_building: bool) -> Progress:
    """What to answer from ``start``; beyond the end it starts over (Stapler's LargeText).

    While the build runs only whole lines are given, at most LINES_PER_ANSWER of them.
    """
    size = log.stat().st_size if log.exists() else 0
    begin = start if start <= size else 0
    if not is_building:
        return Progress(begin, size, has_more=False)
    end = _end_of_lines(log, begin) if size else 0
    return Progress(begin, end, has_more=True)


def progressive_text(log: Path, part: Progress) -> Iterator[bytes]:
    """That part as UTF-8: LF becomes CRLF, bytes that are no UTF-8 become U+FFFD."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    ends_in_cr = False
    for block in _blocks(log, part):
        text = decode(block)
        lf_first = text.startswith("\n") and ends_in_cr
        ends_in_cr = text.endswith("\r")
        converted = _LONE_LF.sub("\r\n", text)
        yield (converted[1:] if lf_first else converted).encode()
    yield decode(b"", True).encode()


def plain_text(log: Path) -> Iterator[bytes]:
    """The whole console as it was written, without notes."""
    if not log.exists():
        return
    with log.open("rb") as file:
        for line in file:
            yield without_notes(line)


def _end_of_lines(log: Path, start: int) -> int:
    end = start
    with log.open("rb") as file:
        file.seek(start)
        for _ in range(LINES_PER_ANSWER):
            line = file.readline()
            if not line.endswith(b"\n"):
                break
            end += len(line)
    return end


def _blocks(log: Path, part: Progress) -> Iterator[bytes]:
    left = part.end - part.start
    if not left:
        return
    with log.open("rb") as file:
        file.seek(part.start)
        while left and (block := file.read(min(left, BLOCK_BYTES))):
            left -= len(block)
            yield block
