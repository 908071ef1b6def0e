"""What came back over HTTP, read within limits."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import DecodeError, HTTPError

from jenkins_api.deadlines import Deadline
from jenkins_api.errors import AnswerLost, JenkinsError, UnexpectedAnswer
from jenkins_api.failures import wire_failure
from jenkins_api.pages import page_text
from jenkins_api.reading.fields import storable

MOST_JSON_BYTES = 64 * 1024 * 1024
MOST_PAGE_BYTES = 64 * 1024  # of a page that is only read for its reason
_PIECE_BYTES = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_MOST_OFFSET_S = 100 * 366 * 24 * 60 * 60  # a clock whose battery is empty begins with 1970

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``is_cut``: the body was longer than the call allowed."""

    url: str  # without query
    status: int
    headers: CaseInsensitiveDict[str] = field(repr=False)  # a session's cookie
    body: bytes = field(repr=False)  # may hold a new API token
    is_cut: bool
    answered_in_s: float  # until the headers were there
    clock_offset_s: float | None  # Jenkins's clock minus ours
    crumb: str = ""  # "sent" or "renewed" where the request had one

    @property
    def session(self) -> str:
        """X-Jenkins-Session, 8 digits: another one means that Jenkins was started anew."""
        return storable(self.headers.get("X-Jenkins-Session", ""))[:100]

    @property
    def version(self) -> str:
        """X-Jenkins, "" where a proxy took it away."""
        return storable(self.headers.get("X-Jenkins", ""))[:50]

    def read_json(self, parse: Callable[[Any], Parsed]) -> Parsed:
        """The body as JSON, made a record by ``parse``; UnexpectedAnswer if it is not that."""
        if self.is_cut:
            raise self.unexpected(f"the answer is longer than {MOST_JSON_BYTES} bytes")
        try:
            return parse(json.loads(self.body, parse_constant=_not_known))
        except (ValueError, RecursionError) as error:
            raise self.unexpected(f"not the JSON that was asked for ({error})") from error

    def unexpected(self, why: str) -> UnexpectedAnswer:
        """The error for an answer of a known status whose content is wrong."""
        page = self.body[:MOST_PAGE_BYTES]
        is_page = "html" in self.headers.get("Content-Type", "").lower()
        reason = page_text(page, "text/html")[:300] if is_page else ""
        message = f"{self.status} from {self.url}: {why}"
        return UnexpectedAnswer(message, url=self.url, status=self.status, reason=reason)


class Opened:
    """An answer whose headers are there and whose body is still to be read."""

    def __init__(
        self, response: requests.Response, url: str, *, asked_at_s: float, deadline: Deadline
    ) -> None:
        self.url = url
        self.status = response.status_code
        self.headers = response.headers
        self.cookies = response.cookies
        self._response = response
        self._asked_at_s = asked_at_s
        self._deadline = deadline

    def extend(self, within_s: float) -> None:
        """Let the rest of the body take ``within_s`` from now on."""
        self._deadline.move(within_s)

    def long_pieces(self, within_s: float) -> Iterator[bytes]:
        """The body, which may take ``within_s`` from now on, whatever a short one may take."""
        self.extend(within_s)
        return self.pieces()

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes, decompressed; AnswerLost where it breaks off or takes too long."""
        raw = self._response.raw
        try:
            if self.headers.get("Content-Encoding", "").strip().lower() == "gzip":
                yield from _unzipped(raw)
                return
            while piece := raw.read1(_PIECE_BYTES, decode_content=True):
                yield piece
        except EOFError as error:
            raise AnswerLost(f"half an answer from {self.url}", url=self.url) from error
        except (DecodeError, zlib.error) as error:
            message = f"{self.status} from {self.url}: unreadable compression"
            raise UnexpectedAnswer(message, url=self.url, status=self.status) from error
        except HTTPError as error:
            raise wire_failure(error, self.url) from error

    def read(self, most_bytes: int) -> Answer:
        """The answer with at most ``most_bytes`` of its body; AnswerLost where that is not had."""
        body = bytearray()
        for piece in self.pieces() if most_bytes else ():
            body += piece
            if len(body) > most_bytes:
                break
        took_s = self._response.elapsed.total_seconds()
        date = self.headers.get("Date", "")
        return Answer(
            url=self.url,
            status=self.status,
            headers=self.headers,
            body=bytes(body[:most_bytes]),
            is_cut=len(body) > most_bytes,
            answered_in_s=took_s,
            clock_offset_s=clock_offset_s(date, self._asked_at_s + took_s / 2),
        )

    def read_page(self) -> bytes:
        """What can be read of an error page; its status is enough to go on without."""
        try:
            return self.read(MOST_PAGE_BYTES).body
        except JenkinsError:
            return b""


def _unzipped(raw: Any) -> Iterator[bytes]:
    """The body unpacked; EOFError for half of it, which urllib3 would take for a whole one."""
    unzip, rest, is_open = zlib.decompressobj(wbits=_GZIP), b"", False
    while packed := rest or raw.read1(_PIECE_BYTES, decode_content=False):
        if unzip.eof:  # RFC 1952: one file may follow another
            unzip = zlib.decompressobj(wbits=_GZIP)
        yield unzip.decompress(packed, _PIECE_BYTES)
        rest, is_open = unzip.unconsumed_tail or unzip.unused_data, not unzip.eof
    if is_open:
        raise EOFError


def clock_offset_s(date: str, our_time_s: float) -> float | None:
    """How far the clock behind a Date header is ahead of ours; None without a header that tells.

    The header has whole seconds, so half a second is added and as much may be wrong.
    """
    try:
        offset_s = parsedate_to_datetime(date).timestamp() + 0.5 - our_time_s
    except (ValueError, OverflowError):
        return None
    return offset_s if abs(offset_s) < _MOST_OFFSET_S else None


def _not_known(name: str) -> None:
    """NaN and Infinity are no JSON, but Jenkins writes a number as Java does. Source: Stapler's
    JSONDataWriter.valuePrimitive."""
