"""The console of a build: what is written around its output, and reading it back."""

import base64
import codecs
import contextlib
import gzip
import hashlib
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

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


@contextlib.contextmanager
def open_log(log: Path) -> Iterator[BinaryIO]:
    """A console as it was written, also one that was zipped later; empty where there is none."""
    zipped = log.with_name(f"{log.name}.gz")
    if zipped.exists():
        with gzip.open(zipped) as file:
            yield cast(BinaryIO, file)
    elif log.exists():
        with log.open("rb") as file:
            yield file
    else:
        yield io.BytesIO()


def size_of(log: Path) -> int:
    """The size in bytes; of a zipped console, that of its text."""
    with open_log(log) as file:
        return file.seek(0, io.SEEK_END)


def progress(log: Path, start: int, *, is_building: bool) -> Progress:
    """What to answer from ``start``; beyond the end it starts over (Stapler's LargeText).

    While the build runs only whole lines are given, at most LINES_PER_ANSWER of them.
    """
    size = size_of(log)
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
    with open_log(log) as file:
        for line in file:
            yield without_notes(line)


def _end_of_lines(log: Path, start: int) -> int:
    end = start
    with open_log(log) as file:
        file.seek(start)
        for _ in range(LINES_PER_ANSWER):
            line = file.readline()
            if not line.endswith(b"\n"):
                break
            end += len(line)
    return end


def _blocks(log: Path, part: Progress) -> Iterator[bytes]:
    left = part.end - part.start
    with open_log(log) as file:
        file.seek(part.start)
        while left and (block := file.read(min(left, BLOCK_BYTES))):
            left -= len(block)
            yield block
