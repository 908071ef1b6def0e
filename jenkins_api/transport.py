"""One HTTP exchange with Jenkins: sent once, its failures sorted.

No retries and no redirects, ever: the caller decides what an answer means. Proxies and
``REQUESTS_CA_BUNDLE`` are taken from the environment as requests does; ``.netrc`` is not.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from jenkins_api.answers import MOST_JSON_BYTES, Answer, Opened
from jenkins_api.deadlines import Deadline, DeadlineAdapter, keeping
from jenkins_api.errors import NotAuthorised
from jenkins_api.failures import unexpected_answer, wire_failure
from jenkins_api.reading.fields import as_fields, flag, needed_text

_NO_CRUMB = "No valid crumb"  # CrumbFilter.java; not translated


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
        password: str,
        connect_timeout_s: float,
        read_timeout_s: float,
        answer_timeout_s: float,
        verify: bool | str,
        certificate: str | tuple[str, str] | None,
    ) -> None:
        self.root = checked_root(root)
        self._auth = _BasicAuth(user, token or password)
        self._needs_crumb = not (user and token)
        self._crumb: Mapping[str, str] | None = None
        self._timeouts_s = (connect_timeout_s, read_timeout_s)
        self._answer_timeout_s = answer_timeout_s
        self._verify = verify
        self._certificate = certificate
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
        with self._open(self._pooled, "GET", path, query, expect=expect) as opened:
            return opened.read(most_bytes)

    @contextmanager
    def stream(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        expect: Collection[int],
    ) -> Iterator[Opened]:
        """GET ``path`` and leave its body to be read piece by piece, however long it is."""
        with self._open(self._pooled, "GET", path, query, headers=headers, expect=expect) as opened:
            yield opened

    def head(self, path: str) -> Answer:
        """HEAD ``path`` without credentials."""
        with (
            self._new_session(is_signed_in=False) as session,
            self._open(session, "HEAD", path, expect=(200,)) as opened,
        ):
            return opened.read(0)

    def post(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        *,
        expect: Collection[int],
        most_bytes: int = 0,
    ) -> Answer:
        """POST ``form``, urlencoded. Secrets belong into the form, never the query.

        Sent once; a second time only where Jenkins refused the crumb, so did nothing.
        """
        if not self._needs_crumb:
            return self._post(path, query, form, {}, expect, most_bytes)
        crumb = self._crumb if self._crumb is not None else self.renew_crumb()
        try:
            answer = self._post(path, query, form, crumb, expect, most_bytes)
            return replace(answer, crumb="sent" if crumb else "")
        except NotAuthorised as error:
            if _NO_CRUMB not in error.reason:
                raise
        answer = self._post(path, query, form, self.renew_crumb(), expect, most_bytes)
        return replace(answer, crumb="renewed")

    def post_as_nobody(
        self, path: str, form: Mapping[str, str], *, expect: Collection[int]
    ) -> Answer:
        """POST without user and crumb, for paths whose form holds a token of their own."""
        return self._post(path, None, form, {}, expect, 0, is_signed_in=False)

    def _post(
        self,
        path: str,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        expect: Collection[int],
        most_bytes: int,
        *,
        is_signed_in: bool = True,
    ) -> Answer:
        with (
            self._new_session(is_signed_in) as session,
            self._open(session, "POST", path, query, form, headers, expect=expect) as opened,
        ):
            return opened.read(most_bytes)

    def renew_crumb(self) -> Mapping[str, str]:
        """Fetch and keep the headers that let a POST pass: a crumb and its session's cookie.

        Empty where CSRF protection is off: a 404, which a proxy may say too, so Jenkins is asked.
        Only POSTs get the cookie, as a header, so that threads share no cookie jar. Source:
        CrumbFilter, DefaultCrumbIssuer.
        """
        path = "/crumbIssuer/api/json"
        with (
            self._new_session() as session,
            self._open(session, "GET", path, expect=(200, 404)) as opened,
        ):
            answer = opened.read(MOST_JSON_BYTES)
        if answer.status == 404:
            told = self.get("/api/json", {"tree": "useCrumbs"})
            if told.read_json(lambda found: flag(as_fields(found), "useCrumbs")):
                raise unexpected_answer(404, answer.headers, answer.body, answer.url)
            self._crumb = {}
            return self._crumb
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in opened.cookies)
        field, crumb = answer.read_json(
            lambda found: (
                needed_text(as_fields(found), "crumbRequestField"),
                needed_text(as_fields(found), "crumb"),
            )
        )
        self._crumb = {field: crumb, "Cookie": cookies}
        return self._crumb

    def _new_session(self, is_signed_in: bool = True) -> requests.Session:
        session = _Session()
        adapter = DeadlineAdapter()
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers["Accept-Encoding"] = "gzip"  # tells where it ends
        # An object even for nobody: without one, requests would look into .netrc.
        session.auth = self._auth if is_signed_in else _BasicAuth("", "")
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session

    @contextmanager
    def _open(
        self,
        session: requests.Session,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        expect: Collection[int],
    ) -> Iterator[Opened]:
        url = self.root + path
        asked_at_s = time.time()
        deadline = Deadline(self._answer_timeout_s)
        try:
            with keeping(deadline):
                response = session.request(
                    method,
                    url,
                    params=query,
                    data=form,
                    headers=headers,
                    timeout=self._timeouts_s,
                    verify=self._verify,
                    cert=self._certificate,
                    allow_redirects=False,
                    stream=True,
                )
        except (OSError, HTTPError) as error:  # requests' own errors are OSErrors
            raise wire_failure(error, url) from error
        with response:
            opened = Opened(response, url, asked_at_s=asked_at_s, deadline=deadline)
            if opened.status not in expect:
                page = opened.read_page()
                raise unexpected_answer(opened.status, opened.headers, page, url)
            yield opened


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
