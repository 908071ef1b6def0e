"""Template tags that show runs: chip, icon, strip and progress; built in, like those of shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.runs.explaining import why_waiting
from dashboard.runs.models import Run
from dashboard.runs.noting import why_not_abort, why_not_again
from dashboard.runs.presenting import Look, look_of, look_of_event
from dashboard.shared.templatetags.runboard import icon

register = template.Library()
register.filter("look", look_of)
register.filter("event_look", look_of_event)
register.filter("why_waiting", why_waiting)
register.filter("why_not_again", why_not_again)
register.filter("why_not_abort", why_not_abort)

# Per cent of a bar's width at which Jenkins's estimate ends, as in clocks.js: a build that takes
# longer still moves.
ESTIMATE_AT = 85


def _icon(look: Look, extra: str = "") -> SafeString:
    return icon(look.icon, f"{extra} rb-spin".strip() if look.moves else extra)


@register.simple_tag
def status(run: Run, extra: str = "") -> SafeString:
    """The chip of a run: icon and word. ``extra`` is another class, such as status-lg."""
    look = look_of(run)
    return format_html(
        '<span class="status {} {}">{}{}</span>', look.css, extra, _icon(look), look.word
    )


@register.simple_tag
def status_icon(run: Run, extra: str = "") -> SafeString:
    """The icon of a run where there is no room for the chip; its word is for screen readers."""
    look = look_of(run)
    return format_html(
        '<span class="rb-ic {}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        look.css,
        look.word,
        _icon(look, extra),
        look.word,
    )


@register.inclusion_tag("runs/strip.html")
def strip(runs: Sequence[Run], label: str, cells: int = 12) -> dict[str, object]:
    """The last runs of a plan: ``runs`` newest first, drawn with the newest at the right."""
    latest = runs[:cells]
    return {"runs": latest[::-1], "label": label, "missing": range(cells - len(latest))}


@register.inclusion_tag("runs/progress.html")
def progress(run: Run) -> dict[str, object]:
    """Elapsed time and a bar by Jenkins's own estimate; clocks.js moves both.

    Of a controller that is away it shows what was so when it last answered.
    """
    controller = run.controller
    offset = timedelta(seconds=controller.clock_offset_s)
    since = run.started_at - offset if run.started_at else None
    elapsed = run.elapsed or timedelta(0)
    if controller.is_away and controller.answered_at and since:
        elapsed = max(timedelta(0), controller.answered_at - since)
    elapsed_ms = elapsed / timedelta(milliseconds=1)
    percent = min(98, elapsed_ms * ESTIMATE_AT / run.estimated_ms) if run.estimated_ms else None
    return {
        "run": run,
        "since": since,
        "elapsed": elapsed,
        "percent": percent,
        "left": _words_left(run.estimated_ms - elapsed_ms) if run.estimated_ms else "",
        "mark": ESTIMATE_AT,
    }


@register.filter
def epoch_ms(when: datetime) -> int:
    """A moment as Jenkins writes it."""
    return round(when.timestamp() * 1000)


def _words_left(left_ms: float) -> str:
    minutes = round(left_ms / 60_000)
    if left_ms < 0:
        return f"{int(-left_ms // 60_000)} min over the estimate"
    return f"about {minutes} min left" if left_ms >= 60_000 else "less than a minute left"
