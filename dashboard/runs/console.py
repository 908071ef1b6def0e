"""A run's console as it is stored: zstd chunks of 256 KiB, read a window at a time.

Every chunk but the last holds exactly `CHUNK_BYTES`, so a byte's chunk follows from its
offset. Lines and UTF-8 sequences may straddle chunks; the last line may have no end yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count as numbers

import zstandard
from django.conf import settings
from django.db import transaction

from dashboard.runs.models import ConsoleChunk, Run
from jenkins_api import records

CHUNK_BYTES = 256 * 1024
ZSTD_LEVEL = 3
CHANGED = (
    "console_offset",
    "console_ahead_bytes",
    "console_bytes",
    "console_lines",
    "console_is_complete",
    "console_note",
)
LINE_SHOWN_BYTES = 20_000  # of one line on a page; the download has all of it

UNEVEN = (
    "Jenkins did not send as many bytes as its log grew by: "
    "lines may be missing here that Jenkins has."
)
OWN_LINE_ENDS = (
    "Jenkins sent fewer bytes than its log grew by: the log has line ends of its own, or Jenkins "
    "takes notes out of it. Compared with Jenkins's whole log, nothing is missing here."
)
ROTATED = "The log in Jenkins began again from its start; what was read before stands above it."

# Marks that Jenkins hides in a log for its own pages; they never span lines.
NOTE = re.compile(rb"\x1b\[8mha:[^\x1b\n]*\x1b\[0m")
# What shows nothing: such marks, escape sequences, control characters (C1 as UTF-8 has them)
INVISIBLE = re.compile(
    NOTE.pattern + rb"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]?"
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]"
)
COLOUR = re.compile(rb"\x1b\[[0-9;:]{0,30}m")
COLOURS_KEPT = 10  # of what was written over: who colours a progress bar does so each time
NOTE_START = b"\x1b[8mha:"
NOTE_MOST_BYTES = 64 * 1024  # a longer one is taken for text

# What no form of a log is sure to have alike: line ends, and bytes that are no UTF-8
UNSURE = bytes([ord("\r"), *range(0x80, 0x100)])


def append(run: Run, chunk: records.ConsoleChunk) -> bool:
    """Store a piece of log if ``run`` still stands where it starts; say whether that changed it.

    A repeat, or a second worker with the same piece, changes nothing. Of an answer that broke
    off and comes again only what is new is stored. Beyond ``CONSOLE_CAP_BYTES`` nothing more is
    kept, while the offset keeps moving. That it grew is told to those who poll the console
    alone: no header and no list shows it. Where it has fewer bytes than Jenkins's log it is not
    complete before it is settled whether any of it is missing: see `has_all_of`.
    """
    known_bytes = run.console_ahead_bytes - chunk.before_bytes
    if known_bytes < 0:
        return False  # somebody else stored the answer that this goes on
    new = chunk.text[known_bytes:]
    is_seam = run.console_ahead_bytes == 0 and new.startswith(b"\n")
    at_byte = run.console_bytes - (_ending_crs(run) if is_seam else 0)
    text = new[: max(0, settings.CONSOLE_CAP_BYTES - at_byte)]
    is_short = at_byte + len(text) < min(chunk.next_start, settings.CONSOLE_CAP_BYTES)
    is_complete = run.is_ended and not chunk.has_more and not is_short
    is_news = new or chunk.next_start != chunk.start
    if not is_news and is_complete == run.console_is_complete:
        return False
    notes = _new_notes(run, chunk, is_capped=len(text) < len(new))
    with transaction.atomic():
        standing = Run.objects.filter(
            pk=run.pk,
            console_offset=chunk.start,
            console_ahead_bytes=run.console_ahead_bytes,
            console_bytes=run.console_bytes,
        )
        if not standing.update(
            console_offset=chunk.next_start,
            console_ahead_bytes=chunk.size_bytes if chunk.is_part else 0,
            console_bytes=at_byte + len(text),
            console_lines=run.console_lines + text.count(b"\n"),
            console_is_complete=is_complete,
            console_note=" ".join(filter(None, (run.console_note, *notes))),
        ):
            return False  # somebody else stored it first
        _store(run, text, at_byte)
        for note in notes:
            run.note(note)
    run.refresh_from_db(fields=CHANGED)
    return True


def has_all_of(run: Run, log: Iterable[bytes]) -> bool:
    """Whether nothing of ``log``, the whole of it, is missing in what is stored.

    Fewer bytes do not tell: older cores take their notes out, and a log may have line ends of
    its own (contract 7).
    """
    return _sure_bytes(stream(run)) == _sure_bytes(log)


def _sure_bytes(pieces: Iterable[bytes]) -> int:
    return sum(len(piece.translate(None, UNSURE)) for piece in pieces)


def complete(run: Run, *, is_whole: bool) -> None:
    """Nothing more will be read of it: note once why it has fewer bytes, and on the page where
    lines may be missing."""
    notes = run.console_note if is_whole else f"{run.console_note} {UNEVEN}".strip()
    why = OWN_LINE_ENDS if is_whole else UNEVEN
    run.note(why, console_is_complete=True, console_note=notes)


def _ending_crs(run: Run) -> int:
    """How many CRs end what is stored: an LF that comes next makes one line end of them."""
    last = run.console_chunks.order_by("-sequence").first()
    stored = _unpack(last) if last else b""
    return len(stored) - len(stored.rstrip(b"\r"))


def _new_notes(run: Run, chunk: records.ConsoleChunk, *, is_capped: bool) -> list[str]:
    """What a reader must know of this piece; each sentence is said once per console."""
    cap_bytes = settings.CONSOLE_CAP_BYTES
    sentences = {
        ROTATED: chunk.is_rotated,
        f"Only the first {cap_bytes:,} bytes of this console are kept; the rest is in Jenkins.": (
            is_capped
        ),
    }
    return [said for said, holds in sentences.items() if holds and said not in run.console_note]


def _store(run: Run, text: bytes, at_byte: int) -> None:
    """Write ``text`` from ``at_byte`` on, the chunk before it again where it was not full."""
    pack = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress
    sequence, open_bytes = divmod(at_byte, CHUNK_BYTES)
    first_line = run.console_lines
    if open_bytes:
        last = run.console_chunks.get(sequence=sequence)
        text, first_line = _unpack(last)[:open_bytes] + text, last.first_line
    chunks = []
    for start in range(0, len(text), CHUNK_BYTES):
        piece = text[start : start + CHUNK_BYTES]
        chunks.append(
            ConsoleChunk(
                run=run,
                sequence=sequence,
                first_byte=sequence * CHUNK_BYTES,
                first_line=first_line,
                size_bytes=len(piece),
                data=pack(piece),
            )
        )
        sequence += 1
        first_line += piece.count(b"\n")
    ConsoleChunk.objects.bulk_create(
        chunks,
        update_conflicts=True,
        unique_fields=("run", "sequence"),
        update_fields=("size_bytes", "data"),
    )


def _unpack(chunk: ConsoleChunk) -> bytes:
    return zstandard.decompress(chunk.data)


def read_lines(run: Run, first: int, count: int) -> list[tuple[int, bytes]]:
    """Lines ``first`` to ``first + count - 1`` as far as they are stored, numbered from 1.

    The last may have no end yet and grow later. Of a line comes back what `left_of` leaves, so
    that a log without line ends fills no memory; chunks in the midst of such a line are not read.
    """
    found: dict[int, bytes] = {}
    backwards = run.console_chunks.order_by("-sequence")
    # Line n begins in the chunk where line n - 1 ends.
    begins = {"first_line__lt": first - 1} if first > 1 else {"sequence": 0}
    chunk = backwards.filter(**begins).first()
    while chunk:
        pieces = _unpack(chunk).split(b"\n")
        for number, piece in enumerate(pieces, chunk.first_line + 1):
            if first <= number < first + count:
                found[number] = left_of(found.get(number, b"") + piece)
        last = chunk.first_line + len(pieces)  # goes on in the next chunk, or has no end yet
        if last >= first + count:
            break
        later = backwards.filter(sequence__gt=chunk.sequence)
        if len(found.get(last, b"")) > LINE_SHOWN_BYTES or b"\r" in pieces[-1]:
            # Where that line ends, and what it wrote over just before
            chunk = next(reversed(later.filter(first_line__lt=last)[:2]), None)
        else:
            chunk = later.last()
        if chunk is None and found.get(last) == b"":
            del found[last]  # behind the last line end no line has begun
    return list(found.items())


def left_of(line: bytes) -> bytes:
    """What is left of a line to be shown, with one byte more where that is still too long.

    Progress bars write over themselves: what stands before the last carriage return with text
    behind it is left out, but for its colours. More of the line may follow upon what is left.
    """
    if b"\r" in line:
        parts = line.split(b"\r")
        visible = (n for n in reversed(range(len(parts))) if INVISIBLE.sub(b"", parts[n]))
        last = next(visible, 0)
        colours = COLOUR.findall(b"\r".join(parts[:last]))[-COLOURS_KEPT:]
        line = b"".join(colours) + b"\r".join(parts[last:])
    left, rest = line[: LINE_SHOWN_BYTES + 1], line[LINE_SHOWN_BYTES + 1 :]
    return left + b"\r" if b"\r" in rest else left


def last_lines(run: Run, count: int) -> list[tuple[int, bytes]]:
    """The last ``count`` lines, the one without an end included."""
    return read_lines(run, max(1, run.console_lines + 1 - count), count + 1)[-count:]


def stream(run: Run) -> Iterator[bytes]:
    """The whole stored text, Jenkins's hidden marks taken out, a chunk at a time.

    One query per chunk: a slow reader holds no cursor open.
    """
    rest = b""
    for sequence in numbers():
        chunk = run.console_chunks.filter(sequence=sequence).first()
        if chunk is None:
            break
        text = NOTE.sub(b"", rest + _unpack(chunk))
        end = _start_of_open_note(text)
        rest = text[end:]
        yield text[:end]
    yield rest


def _start_of_open_note(text: bytes) -> int:
    """Where a note starts that may end in the next chunk; the length of ``text`` for none."""
    start = text.rfind(NOTE_START)
    if start < 0:
        start = text.rfind(b"\x1b", max(0, len(text) - len(NOTE_START)))
    if start < 0 or len(text) - start > NOTE_MOST_BYTES or b"\n" in text[start:]:
        return len(text)
    return start
