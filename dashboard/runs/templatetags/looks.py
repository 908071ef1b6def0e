"""Template tags that show runs: chip, icon, strip and progress; built in, like those of shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.runs.aborting import others_of
from dashboard.runs.explaining import jenkins_says, why_waiting
from dashboard.runs.models import Run
from dashboard.runs.noting import doubt_of, is_shared, why_not_abort, why_not_keep
from dashboard.runs.presenting import (
    ESTIMATE_AT,
    Look,
    look_of,
    look_of_event,
    percent_of_bar,
    quiet_until,
    takes_too_long,
)
from dashboard.runs.showing import owner_name
from dashboard.shared.templatetags.runboard import icon, in_words

register = template.Library()
register.filter("look", look_of)
register.filter("event_look", look_of_event)
register.filter("quiet_until", quiet_until)
register.filter("why_waiting", why_waiting)
register.filter("jenkins_says", jenkins_says)
register.filter("doubt", doubt_of)
register.filter("is_shared", is_shared)
register.filter("others_of", others_of)
register.filter("why_not_abort", why_not_abort)
register.filter("why_not_keep", why_not_keep)


def _icon(look: Look, extra: str = "") -> SafeString:
    return icon(look.icon, f"{extra} rb-spin".strip() if look.moves else extra)


@register.simple_tag
def status(run: Run, extra: str = "") -> SafeString:
    """The chip of a run: icon and word. ``extra`` is another class, such as status-lg."""
    return look_chip(look_of(run), extra)


@register.simple_tag
def look_chip(look: Look, extra: str = "") -> SafeString:
    """The chip of a `Look`: icon and word."""
    return format_html(
        '<span class="status {} {}">{}{}</span>', look.css, extra, _icon(look), look.word
    )


@register.simple_tag
def status_icon(run: Run, extra: str = "") -> SafeString:
    """The icon of a run where there is no room for the chip; its word is for screen readers."""
    return look_icon(look_of(run), extra)


@register.simple_tag
def look_icon(look: Look, extra: str = "") -> SafeString:
    """The icon of a `Look`, with its word for screen readers."""
    return format_html(
        '<span class="rb-ic {}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        look.css,
        look.word,
        _icon(look, extra),
        look.word,
    )


@register.simple_tag(takes_context=True)
def run_rows(context: Context, runs: Sequence[Run]) -> SafeString:
    """Rows of the board, each a part of it, out of ``rows``."""
    rows, parts = context["rows"], context["parts"]
    shown = [run.pk for run in runs if run.pk in rows]
    return format_html_join("", "{}", ((parts.add(f"run-{pk}", rows[pk]),) for pk in shown))


@register.simple_tag
def owner(run: Run) -> SafeString:
    """Whose run it is, in what is rendered for many: `said_to` makes it "you"."""
    return owner_name(run.owner)


@register.inclusion_tag("runs/strip.html")
def strip(runs: Sequence[Run], label: str, cells: int = 12) -> dict[str, object]:
    """The last runs of a plan: ``runs`` newest first, drawn with the newest at the right."""
    latest = runs[:cells]
    return {"runs": latest[::-1], "label": label, "missing": range(cells - len(latest))}


@register.inclusion_tag("runs/progress.html")
def progress(run: Run) -> dict[str, object]:
    """Elapsed time and a bar by Jenkins's own estimate; clocks.js moves both.

    Of a controller that is away, or that nobody asks, it shows what was so when it last answered.
    A build that waits for an answer stands still, and is late for no other reason.
    """
    controller = run.controller
    offset = timedelta(seconds=controller.clock_offset_s)
    since = run.started_at - offset if run.started_at else None
    elapsed = run.elapsed or timedelta(0)
    if controller.is_stale and controller.data_from and since:
        elapsed = max(timedelta(0), controller.data_from - since)
    estimated = timedelta(milliseconds=run.estimated_ms) if run.estimated_ms else None
    is_still = controller.is_stale or run.stands_still
    return {
        "run": run,
        "since": since,
        "elapsed": elapsed,
        "percent": percent_of_bar(elapsed, run.estimated_ms),
        "left": _words_left(estimated - elapsed) if estimated else "",
        "mark": ESTIMATE_AT,
        "is_still": is_still,
        "is_late": not is_still and takes_too_long(elapsed, run.estimated_ms),
    }


@register.filter
def epoch_ms(when: datetime) -> int:
    """A moment as Jenkins writes it."""
    return round(when.timestamp() * 1000)


def _words_left(left: timedelta) -> str:
    """What is left of an estimate; clocks.js says it with the same words."""
    minute = timedelta(minutes=1)
    if left < timedelta(0):
        return f"{in_words(-left)} over the estimate"
    if left < minute:
        return "less than a minute left"
    return f"about {in_words(round(left / minute) * minute)} left"
