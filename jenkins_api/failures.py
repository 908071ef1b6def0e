"""Sorts what went wrong on the wire, and says in words what an unexpected answer was."""

from __future__ import annotations

import posixpath
import re
import ssl
import traceback
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3 import exceptions as wire

from jenkins_api.errors import (
    AnswerLost,
    JenkinsError,
    NotAuthorised,
    NotSent,
    Unavailable,
    UnexpectedAnswer,
)
from jenkins_api.pages import page_text
from jenkins_api.reading.fields import storable

Headers = requests.structures.CaseInsensitiveDict[str]

MOST_REASON_CHARACTERS = 300
# Of the page that Jenkins shows while it starts (HudsonIsLoading)
_STARTING_CACHE_CONTROL = "no-cache,no-store,must-revalidate"
_LOGIN_PAGE = re.compile(r"(^|/)(login|sign_?in|sso|oauth2?|saml2?|securityRealm)\b", re.IGNORECASE)
_NEVER_CONNECTED = (
    wire.NewConnectionError,  # refused, unreachable, name not resolved
    wire.ConnectTimeoutError,
    wire.LocationParseError,
    wire.ClosedPoolError,
)
_NEVER_TRIED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,  # a crumb with a line end in it
)


def wire_failure(error: OSError | wire.HTTPError, url: str) -> JenkinsError:
    """NotSent where that is certain, else AnswerLost. ``url`` must have no query."""
    if isinstance(error, requests.RequestException):
        error.request = None  # it holds the credentials and the form, and stays as the cause
    cause = _cause_of(error)
    host = urlsplit(url).hostname
    if _was_never_sent(error, cause):
        return NotSent(f"{host} was not reached: {_in_words(cause)}", url=url)
    return AnswerLost(f"{host} did not answer: {_in_words(cause)}", url=url)


def _cause_of(error: BaseException) -> BaseException:
    """The urllib3 error inside a requests error.

    Read from the arguments: ``__context__`` would lead on into whatever error the caller
    is handling at the moment.
    """
    inner = error.args[0] if error.args else None
    if isinstance(inner, wire.MaxRetryError):
        return inner.reason or inner
    return inner if isinstance(inner, wire.HTTPError) else error


def _was_never_sent(error: BaseException, cause: BaseException) -> bool:
    if isinstance(cause, wire.ProxyError):
        return _proxy_was_never_passed(cause.original_error)
    if _failed_in_handshake(cause):
        return True
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return True  # requests found no file of certificates
    return isinstance(cause, _NEVER_CONNECTED) or isinstance(error, _NEVER_TRIED)


def _proxy_was_never_passed(original: BaseException) -> bool:
    """Whether the proxy was not reached, or refused to connect us.

    urllib3 also says ProxyError where a plain proxy had taken the request and then hung
    up, since http.client closes the connection before urllib3 looks at it.
    """
    is_refused_tunnel = str(original).startswith("Tunnel connection failed")
    return isinstance(original, _NEVER_CONNECTED) or is_refused_tunnel


def _failed_in_handshake(cause: BaseException) -> bool:
    """Whether TLS failed before the request was written.

    With TLS 1.3 a server may refuse our certificate after the handshake, when the request
    is under way; the errors are of the same type, only the place where they rose differs.
    """
    inner_errors = [each for each in (cause.__cause__, *cause.args) if isinstance(each, OSError)]
    return any(
        frame.f_code.co_name == "do_handshake"
        for each in inner_errors
        for frame, _ in traceback.walk_tb(each.__traceback__)
    )


def _in_words(cause: BaseException) -> str:
    """A short reason made of nothing but known words: messages of urllib3 repeat the query."""
    inner = cause.args[0] if cause.args else None
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"TLS: {inner.verify_message}"
    if isinstance(cause, wire.ProxyError):
        return f"the proxy failed ({_in_words(cause.original_error)})"
    if isinstance(cause, wire.NewConnectionError) and isinstance(cause.__cause__, OSError):
        return cause.__cause__.strerror or "no connection"
    for kind, words in (
        (wire.ConnectTimeoutError, "no connection within the time limit"),
        (wire.SSLError, "TLS failed"),
        (wire.ReadTimeoutError, "silent for longer than the time limit"),
        (wire.ClosedPoolError, "this client has been closed"),
        (requests.exceptions.Timeout, "silent for longer than the time limit"),
        (wire.ProtocolError, "the connection broke"),
    ):
        if isinstance(cause, kind):
            return words
    return type(cause).__name__


def unexpected_answer(status: int, headers: Headers, body: bytes, url: str) -> UnexpectedAnswer:
    """The error for a status that the call does not know."""
    reason = headers.get("X-Error") or page_text(body, headers.get("Content-Type", ""))
    reason = storable(reason)[:MOST_REASON_CHARACTERS]
    message = f"{status} from {url}" + (f": {reason}" if reason else "")
    retry_after_s = _retry_after_s(headers)
    if 300 <= status < 400:
        return unexpected_redirect(status, headers.get("Location", ""), url)
    if status in (401, 403):
        permission = storable(headers.get("X-Required-Permission", ""))
        return NotAuthorised(
            message,
            url=url,
            status=status,
            reason=reason,
            retry_after_s=retry_after_s,
            permission=permission,
        )
    if status == 503:
        return Unavailable(
            message,
            url=url,
            status=status,
            reason=reason,
            retry_after_s=retry_after_s,
            is_from_jenkins="X-Jenkins" in headers or _is_starting_page(headers, reason),
        )
    return UnexpectedAnswer(
        message, url=url, status=status, reason=reason, retry_after_s=retry_after_s
    )


def _is_starting_page(headers: Headers, words: str) -> bool:
    """Whether a 503 without X-Jenkins is Jenkins's own all the same (contract 0.2).

    Its name alone proves nothing: a proxy's page may have it, too. Its other words are in the
    server's language.
    """
    is_as_sent = headers.get("Cache-Control") == _STARTING_CACHE_CONTROL
    is_named = re.search(r"\bJenkins\b", words) is not None
    return is_as_sent and is_named and "Retry-After" not in headers


def _retry_after_s(headers: Headers) -> int | None:
    """Retry-After, in seconds or as a date by the clock of the answer (RFC 9110, 10.2.3)."""
    after = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]{1,9}", after):
        return int(after)
    try:
        until, now = (parsedate_to_datetime(date) for date in (after, headers.get("Date", "")))
        return max(0, round(until.timestamp() - now.timestamp()))
    except (ValueError, OverflowError):
        return None


def unexpected_redirect(
    status: int, location: str, url: str, *, may_leave: bool = False
) -> UnexpectedAnswer:
    """The error for a redirect; NotAuthorised where it leads to a page to sign in at.

    Whoever may sign people in has a page of any name on a host of its own. ``may_leave``: what
    was asked for may lie on another host, as artifacts do.
    """
    target = redirect_target(url, location)
    shown = without_query(target) or "nowhere"
    reason = storable(f"redirected to {shown}")[:MOST_REASON_CHARACTERS]
    message = f"{status} from {url}: {reason}"
    if _is_sign_in(urlsplit(url), urlsplit(target), may_leave):
        return NotAuthorised(message, url=url, status=status, reason=reason)
    return UnexpectedAnswer(message, url=url, status=status, reason=reason)


def _is_sign_in(asked: SplitResult, target: SplitResult, may_leave: bool) -> bool:
    if not target.netloc or "/job/" in target.path or target.path == asked.path:
        return False  # the same path: Jenkins has moved, to https perhaps
    if target.hostname != asked.hostname and not may_leave:
        return True
    paths = [asked.path or "/", target.path or "/"]
    own_part = paths[1].removeprefix(posixpath.commonpath(paths))  # the base may be /sso/ci
    return _LOGIN_PAGE.search(own_part) is not None


def redirect_target(url: str, location: str) -> str:
    """Where the Location of an answer to ``url`` leads; "" where it has none or a broken one."""
    try:
        return urljoin(url, location) if location else ""
    except ValueError:  # http://[x/
        return ""


def without_query(url: str) -> str:
    """``url`` as it may be shown: no query, no fragment, no user and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()
