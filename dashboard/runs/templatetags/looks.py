"""Template tags that show runs: chip, icon, strip and progress; built in, like those of shared."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.runs.models import Run
from dashboard.runs.presenting import Look, look_of
from dashboard.shared.templatetags.runboard import icon

register = template.Library()
register.filter("look", look_of)


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
