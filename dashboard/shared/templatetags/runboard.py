"""Template tags of every page; built in, so no template loads them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard.shared.parts import Parts

register = template.Library()
# Where a name out of code may wrap; after a hyphen it may anyway
BREAKS = re.compile(r"(?<=[_\[./,])|(?<=::)")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of our sprite, for the eye only: the word stands beside it."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f" {extra}" if extra else "",
        static("icons.svg"),
        name,
    )


@register.simple_block_tag(takes_context=True)
def part(context: Context, content: SafeString, name: str, number: int | str = "") -> SafeString:
    """An element that may change alone, of id ``name`` or ``name-number``; see `Parts`."""
    parts: Parts = context["parts"]
    return parts.add(f"{name}-{number}" if number else name, content)


@register.simple_tag
def ago(when: datetime | None, heard: int | str = "") -> SafeString | str:
    """How long ago something was; the browser keeps it right and shows the moment on hover.

    ``heard`` is the id of a controller: each poll then tells when that answered last.
    """
    if when is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}" data-ago{}>{}</time>',
        when.isoformat(),
        _absolute(when),
        format_html(' data-heard="{}"', heard) if heard else "",
        words_for(timezone.now() - when),
    )


CLOCKS = {"minutes": "%H:%M", "seconds": "%H:%M:%S", "moment": "%-d %b %Y, %H:%M:%S"}


@register.simple_tag
def clock(when: datetime | None, precision: str = "minutes") -> SafeString | str:
    """The time of something, as one of `CLOCKS`; the browser puts it into the viewer's zone."""
    if when is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}" data-clock="{}">{}</time>',
        when.isoformat(),
        _absolute(when),
        precision,
        timezone.localtime(when).strftime(CLOCKS[precision]),
    )


@register.filter
def thousands(number: int) -> str:
    """A large number as one reads it: 20,020."""
    return f"{number:,}"


@register.filter
def breakable(name: str) -> SafeString:
    """A name out of code, such as a test's: it wraps between its words, not in one."""
    pieces = ((piece,) for piece in BREAKS.split(name))
    # Only the constant is markup: each piece of the name is escaped
    return format_html_join(mark_safe("<wbr>"), "{}", pieces)


@register.filter
def took(span: timedelta | None) -> str:
    """A duration as a clock shows it: 18:04, or 1:34:10."""
    if span is None:
        return ""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def words_for(span: timedelta) -> str:
    """How long ago, in words; clocks.js says it with the same ones."""
    return f"{in_words(span)} ago"


@register.filter
def in_words(span: timedelta) -> str:
    """A span in its largest unit, rounded down: 8 min."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _absolute(when: datetime) -> str:
    return timezone.localtime(when).strftime("%-d %b %Y, %H:%M:%S %Z")
