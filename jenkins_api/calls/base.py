"""What every group of calls has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from jenkins_api.answers import Answer
from jenkins_api.errors import AnswerLost, NotSent
from jenkins_api.failures import redirect_target, unexpected_answer
from jenkins_api.transport import Transport


class Calls:
    """A group of calls; ``client.Jenkins`` puts them together and gives them their transport."""

    _transport: Transport


@contextmanager
def reading_back() -> Iterator[None]:
    """For a reading after something was sent: NotSent, which says that nothing was, becomes
    AnswerLost."""
    try:
        yield
    except NotSent as error:
        raise AnswerLost(f"told, but then not read back: {error}", url=error.url) from error


def check_no_page(answer: Answer) -> None:
    """UnexpectedAnswer for HTML where none is due: a sign-in page says 200 as well."""
    if "html" in answer.headers.get("Content-Type", "").lower():
        raise answer.unexpected("a page where none was due")


def check_went_back(answer: Answer, path: str) -> None:
    """Jenkins answers most POSTs by sending us back to the page of what was changed.

    Where a proxy sends us elsewhere (its sign-in, https), nothing was done.
    """
    target = redirect_target(answer.url, answer.headers.get("Location", ""))
    if not unquote(urlsplit(target).path).rstrip("/").endswith(unquote(path)):
        raise unexpected_answer(answer.status, answer.headers, answer.body, answer.url)
