"""The board on a page: rendered once for everybody of one role, and then what is new of it.

Nothing in it is one person's, but for the name of a run's owner: `said_to` makes that "you".
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from hashlib import blake2b

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.controllers.context import Lamps
from dashboard.people.models import User
from dashboard.runs.board import FILTERS, Board, News, read_board
from dashboard.runs.standing import row_seen
from dashboard.shared.fragments import rendered_once
from dashboard.shared.parts import Parts, render_parts

KEPT_S = 10
RENDERED_EVERY_S = 0.3  # at most, for polls of a board on which much happens
SEEN_KEPT_S = 60  # a page that has not asked for longer gets the whole list
ROOTS = ("board-list", "lamps", "away")
_rendering = threading.Lock()


@dataclass(frozen=True)
class BoardPage:
    """What a page shows of the board: which filter, up to which news, and until when that holds.

    ``until_ms`` is when one of its runs will have waited for too long, in epoch ms: no news
    tells that.
    """

    show: str
    seen: str
    until_ms: int | None
    looks: str  # tells it from what another process rendered for the same news, a moment later

    def has_all(self, news: News) -> bool:
        """Whether there is nothing new for it."""
        is_over = self.until_ms is not None and time.time() * 1000 >= self.until_ms
        return self.seen == news.seen and not is_over


@dataclass(frozen=True)
class ShownBoard:
    """The board as it was rendered, and the page that it makes."""

    page: BoardPage
    is_moving: bool  # whether to ask for more each second
    parts: Parts

    @property
    def poll(self) -> SafeString:
        """What asks for the news after this."""
        return render_to_string("runs/board_poll.html", {"shown": self})

    @property
    def kept_s(self) -> float:
        """How long it may be shown to others."""
        until_s = (self.page.until_ms or float("inf")) / 1000 - time.time()
        return max(0, min(KEPT_S, until_s))


def show_board(user: User, show: str, news: News, page: BoardPage | None = None) -> ShownBoard:
    """The board with at least ``news``, rendered by the first who asks for it.

    A ``page`` that shows an older one may get what was rendered just before: it asks again soon.
    """
    show, boards = show if show in FILTERS else "", caches["boards"]
    newest = _key(user, show, news, "newest")
    with _rendering:
        shown: ShownBoard | None = boards.get(_key(user, show, news, news.seen))
        if shown is None and page:
            shown = _just_before(page, newest)
        if shown is None:
            shown = _render(user, show)
            key = _key(user, show, news, shown.page.seen)
            boards.set(key, shown, shown.kept_s)
            boards.set(newest, key, RENDERED_EVERY_S if shown.is_moving else 0)
            seen = shown.parts.looks()
            caches["default"].set(_page_key(user, shown.page, news), seen, SEEN_KEPT_S)
    return shown


def _just_before(page: BoardPage, newest: str) -> ShownBoard | None:
    """What was rendered a moment ago, where it is news to ``page``."""
    shown: ShownBoard | None = caches["boards"].get(caches["boards"].get(newest, ""))
    return shown if shown and shown.page != page else None


def show_news(user: User, page: BoardPage, news: News) -> SafeString:
    """What a page has not seen yet, and the next poll; the same for all who have seen as much."""
    key = _key(user, page.show, news, page.looks, page.until_ms, news.seen)

    def render() -> tuple[str, float]:
        shown = show_board(user, page.show, news, page)
        # Redis knows it, whichever process rendered what the page shows
        seen = caches["default"].get(_page_key(user, page, news))
        html = "".join([shown.poll, *shown.parts.changed_since(seen or {}, *ROOTS)])
        kept_s = shown.kept_s if shown.page.seen == news.seen else RENDERED_EVERY_S
        return html, kept_s if seen else 0  # the whole list is kept once, as parts

    return said_to(user, rendered_once(key, render))


def stay_known(user: User, page: BoardPage, news: News) -> None:
    """Have what a page shows known for longer: it has just asked, and nothing is new."""
    key = _page_key(user, page, news)
    if caches["fragments"].add(key, "renewed", SEEN_KEPT_S / 3):
        seen = caches["default"].get(key)  # django-redis's touch raises where Redis is away
        caches["default"].set(key, seen, SEEN_KEPT_S if seen else 0)


def owner_name(user: User) -> SafeString:
    """The owner of a run, in what is rendered for many."""
    return format_html('<span data-owner="{}">{}</span>', user.pk, user)


def said_to(user: User, html: str) -> SafeString:
    """What was rendered for many, as it is said to one of them."""
    return mark_safe(html.replace(owner_name(user), "<span>you</span>"))  # noqa: S308  # rendered


def _render(user: User, show: str) -> ShownBoard:
    board = read_board(user, show)
    # Before anything asks which runs are stuck: one that becomes so meanwhile is asked for again
    until_ms = round(board.holds_until.timestamp() * 1000) if board.holds_until else None
    context = {
        "board": board,
        "rows": _rows(board),
        "user": user,
        "lamps": Lamps(board.controllers),
    }
    parts = render_parts("runs/board_parts.html", context)
    return ShownBoard(
        page=BoardPage(show, board.seen, until_ms, parts.digest),
        is_moving=board.is_moving,
        parts=parts,
    )


def _rows(board: Board) -> dict[int, str]:
    """The HTML of each row by its run's id; what changed since the last time is rendered anew."""
    role, kept = board.user.role, caches["fragments"]
    keys = {run.pk: f"row.{run.pk}.{row_seen(run)}.{role}" for run in board.in_rows}
    rows = kept.get_many(list(keys.values()))
    missing = [pk for pk, key in keys.items() if key not in rows]
    fresh = {
        keys[run.pk]: render_to_string("runs/row.html", {"run": run, "user": board.user})
        for run in (board.read_rows(missing) if missing else [])
    }
    kept.set_many(fresh, KEPT_S)
    rows |= fresh
    return {pk: rows[key] for pk, key in keys.items() if key in rows}


def _page_key(user: User, page: BoardPage, news: News) -> str:
    return _key(user, page.show, news, page.looks, "looks")


def _key(user: User, show: str, news: News, *more: object) -> str:
    """What is kept is the same for all of one role who see the same controllers."""
    whose = user.pk if show == "mine" else None
    said = repr((user.role, show, whose, news.controllers, *more))
    return f"board.{blake2b(said.encode(), digest_size=16).hexdigest()}"
