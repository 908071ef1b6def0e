"""One HTTP exchange with Jenkins: sent once, read within limits, failures sorted.

No retries and no redirects, ever: the caller decides what an answer means. Proxies and
``REQUESTS_CA_BUNDLE`` are taken from the environment as requests does; ``.netrc`` is not.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import DecodeError, HTTPError

from jenkins_api.errors import AnswerLost, JenkinsError, UnexpectedAnswer
from jenkins_api.failures import page_text, unexpected_answer, wire_failure

MOST_JSON_BYTES = 64 * 1024 * 1024
MOST_PAGE_BYTES = 64 * 1024  # of a page that is only read for its reason
_PIECE_BYTES = 64 * 1024

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``is_cut``: the body was longer than the call allowed."""

    url: str  # without query
    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes
    is_cut: bool
    answered_in_s: float  # until the headers were there
    clock_offset_s: float | None  # Jenkins's clock minus ours

    @property
    def session(self) -> str:
        """X-Jenkins-Session: another one means that Jenkins was started anew."""
        return self.headers.get("X-Jenkins-Session", "")

    @property
    def version(self) -> str:
        """X-Jenkins, "" where a proxy took it away."""
        return self.headers.get("X-Jenkins", "")

    def read_json(self, parse: Callable[[Any], Parsed]) -> Parsed:
        """The body as JSON, made a record by ``parse``; UnexpectedAnswer if it is not that."""
        if self.is_cut:
            raise self.unexpected(f"the answer is longer than {MOST_JSON_BYTES} bytes")
        try:
            return parse(json.loads(self.body, parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as error:
            raise self.unexpected(f"not the JSON that was asked for ({error})") from error

    def unexpected(self, why: str) -> UnexpectedAnswer:
        """The error for an answer of a known status whose content is wrong."""
        page = self.body[:MOST_PAGE_BYTES]
        is_page = "html" in self.headers.get("Content-Type", "").lower()
        reason = page_text(page, "text/html")[:300] if is_page else ""
        message = f"{self.status} from {self.url}: {why}"
        return UnexpectedAnswer(message, url=self.url, status=self.status, reason=reason)


class Transport:
    """Sends requests to one Jenkins. Threads may share it.

    The GETs of all threads share one pool: urllib3's pools are made for threads, and the
    one thing that a requests session changes per request, its cookies, refuses every cookie
    (beside a session cookie Jenkins would ask for a crumb despite the token, contract 1).
    Each POST has a connection of its own: a pooled one may have died idle, and then nobody
    knows whether the POST arrived.
    """

    def __init__(
        self,
        root: str,
        *,
        user: str,
        token: str,
        connect_timeout_s: float,
        read_timeout_s: float,
        answer_timeout_s: float,
        verify: bool | str,
    ) -> None:
        self.root = checked_root(root)
        self._auth = _BasicAuth(user, token)
        self._timeouts_s = (connect_timeout_s, read_timeout_s)
        self._answer_timeout_s = answer_timeout_s
        self._verify = verify
        self._pooled = self._new_session()

    def close(self) -> None:
        """Close the idle connections."""
        self._pooled.close()

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        expect: Collection[int] = (200,),
        most_bytes: int = MOST_JSON_BYTES,
    ) -> Answer:
        """GET ``path`` (under the root); another status than ``expect`` is raised."""
        return self._exchange(self._pooled, "GET", path, query, {}, expect, most_bytes)

    def head(self, path: str, *, expect: Collection[int] = (200,)) -> Answer:
        """HEAD ``path`` without credentials."""
        with self._new_session() as session:
            session.auth = _BasicAuth("", "")
            return self._exchange(session, "HEAD", path, None, {}, expect, 0)

    def post(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        *,
        expect: Collection[int],
    ) -> Answer:
        """POST ``form``, urlencoded, once. Secrets belong into the form, never the query."""
        with self._new_session() as session:
            return self._exchange(session, "POST", path, query, form or {}, expect, MOST_PAGE_BYTES)

    def _new_session(self) -> requests.Session:
        session = _Session()
        session.auth = self._auth  # set even when empty: else requests would look into .netrc
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session

    def _exchange(
        self,
        session: requests.Session,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        form: Mapping[str, str],
        expect: Collection[int],
        most_bytes: int,
    ) -> Answer:
        url = self.root + path
        asked_at_s = time.time()
        try:
            response = session.request(
                method,
                url,
                params=query,
                data=form,
                timeout=self._timeouts_s,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            )
        except (OSError, HTTPError) as error:  # requests' own errors are OSErrors
            raise wire_failure(error, url) from error
        with response:
            if response.status_code not in expect:
                page = self._read_page(response, url)
                raise unexpected_answer(response.status_code, response.headers, page, url)
            body, is_cut = self._read_body(response, most_bytes, url)
        took_s = response.elapsed.total_seconds()
        offset_s = clock_offset_s(response.headers.get("Date", ""), asked_at_s + took_s / 2)
        return Answer(url, response.status_code, response.headers, body, is_cut, took_s, offset_s)

    def _read_body(
        self, response: requests.Response, most_bytes: int, url: str
    ) -> tuple[bytes, bool]:
        """The body up to ``most_bytes``, decompressed, and whether there was more."""
        body = bytearray()
        until_s = time.monotonic() + self._answer_timeout_s
        try:
            while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
                body += piece
                if len(body) > most_bytes:
                    return bytes(body[:most_bytes]), True
                if time.monotonic() > until_s:
                    raise AnswerLost(f"longer than {self._answer_timeout_s} s: {url}", url=url)
        except DecodeError as error:
            status = response.status_code
            message = f"{status} from {url}: unreadable compression"
            raise UnexpectedAnswer(message, url=url, status=status) from error
        except HTTPError as error:
            raise wire_failure(error, url) from error
        return bytes(body), False

    def _read_page(self, response: requests.Response, url: str) -> bytes:
        """What can be read of an error page; its status is enough to go on without."""
        try:
            return self._read_body(response, MOST_PAGE_BYTES, url)[0]
        except JenkinsError:
            return b""


class _Session(requests.Session):
    """A session for which a redirect is an answer like any other."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would else read and parse where it leads, followed or not."""


class _BasicAuth(AuthBase):
    """User and API token as UTF-8, which Jenkins reads; requests would send Latin-1."""

    def __init__(self, user: str, token: str) -> None:
        pair = base64.b64encode(f"{user}:{token}".encode()).decode()
        self._header = f"Basic {pair}" if user else ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request


def checked_root(url: str) -> str:
    """``url`` without its last slash; ValueError if it cannot be a Jenkins's address."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the address must begin with http:// or https:// and name a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the address must have no user, password, query or fragment")
    return parts.geturl().rstrip("/")


def clock_offset_s(date: str, our_time_s: float) -> float | None:
    """How far the clock behind a Date header is ahead of ours, None without a header.

    The header has whole seconds, so half a second is added and as much may be wrong.
    """
    try:
        return parsedate_to_datetime(date).timestamp() + 0.5 - our_time_s
    except (ValueError, OverflowError):
        return None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
