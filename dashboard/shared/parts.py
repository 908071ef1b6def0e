"""Lists in parts: a list is rendered once for all who see it, and a page gets what changed of it.

``{% part id %}…{% endpart %}`` in a template marks the element with that id. A part is kept
without the parts inside it: what changes in one of those does not change the part around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

# Where a part stands in another. No text can be taken for one: its < would be escaped.
MARK = re.compile(r"<!--part (\S+)-->")
MARKS = re.compile(rf"{MARK.pattern}(?:\s*{MARK.pattern})*")
REMOVED = '<div hx-swap-oob="delete"'


class Look(NamedTuple):
    """What tells whether a part is still the same."""

    digest: bytes  # of all but the parts inside it
    rows: list[list[str]]  # ids of these, those side by side together


@dataclass(frozen=True)
class Parts:
    """What a template rendered: the HTML of each part by its id, with marks for those inside."""

    outlines: dict[str, SafeString] = field(default_factory=dict)

    def add(self, part: str, outline: SafeString) -> SafeString:
        """Keep a part, and give the mark that stands for it."""
        self.outlines[part] = outline
        return mark_safe(f"<!--part {part}-->")  # noqa: S308  # ids are ours

    def html(self, part: str) -> SafeString:
        """A part with all that is in it."""
        whole = MARK.sub(lambda mark: self.html(mark[1]), self.outlines[part])
        return mark_safe(whole)  # noqa: S308  # put together from what was rendered

    @property
    def digest(self) -> str:
        """Tells this list from any other."""
        return blake2b(repr(self.outlines).encode(), digest_size=8).hexdigest()

    def looks(self) -> dict[str, Look]:
        """How each part looks, by its id."""
        return {part: self._look(part) for part in self.outlines}

    def changed_since(self, seen: dict[str, Look], *roots: str) -> list[str]:
        """The HTML of what is new in ``roots`` to a page that shows ``seen``, for htmx to put in
        place by its id: the smallest parts that will do, after the removal of those that went."""
        changes = self._changes(seen, roots)
        # First: later it would also remove what came under the same id
        return sorted(changes, key=lambda html: not html.startswith(REMOVED))

    def _look(self, part: str) -> Look:
        outline = self.outlines[part]
        own = MARKS.sub("<!--parts-->", outline)
        rows = [MARK.findall(side_by_side[0]) for side_by_side in MARKS.finditer(outline)]
        return Look(blake2b(own.encode(), digest_size=8).digest(), rows)

    def _changes(self, seen: dict[str, Look], parts: Iterable[str]) -> Iterator[str]:
        for part in parts:
            was, now = seen.get(part), self._look(part)
            if was is None or not _is_near(was, now):
                own_id = f'id="{part}"'
                yield self.html(part).replace(own_id, f'{own_id} hx-swap-oob="true"', 1)
                continue
            for before, after in zip(was.rows, now.rows, strict=True):
                kept = _kept(before, after)
                yield from self._moves(before, after, kept)
                yield from self._changes(seen, kept)

    def _moves(self, before: list[str], after: list[str], kept: list[str]) -> Iterator[str]:
        """What went, and what came, beside the part that stands there already."""
        went = [part for part in before if part not in kept]
        yield from (f'{REMOVED} id="{part}"></div>' for part in went)
        place, stayed = f"beforebegin:#{kept[0]}", set(kept)
        for has_stayed, side_by_side in groupby(after, key=lambda part: part in stayed):
            some = list(side_by_side)
            if has_stayed:
                place = f"afterend:#{some[-1]}"
            else:
                rows = "".join(map(self.html, some))
                yield f'<div hx-swap-oob="{place}">{rows}</div>'


def render_parts(template: str, context: dict[str, object]) -> Parts:
    """Render a template all of which stands in parts."""
    parts = Parts()
    render_to_string(template, context | {"parts": parts})
    return parts


def _kept(before: list[str], after: list[str]) -> list[str]:
    """What stands in both, as it stands in the first."""
    there = set(after)
    return [part for part in before if part in there]


def _is_near(was: Look, now: Look) -> bool:
    """Whether only rows changed, and some stay in their order for others to be put beside them."""
    if was.digest != now.digest:
        return False
    for before, after in zip(was.rows, now.rows, strict=True):
        kept = _kept(before, after)
        if not kept or kept != _kept(after, before):  # none, or in another order
            return False
    return True
