"""Lists in parts: a list is rendered once for all who see it, and a page gets what changed of it.

``{% part id %}…{% endpart %}`` in a template marks the element with that id. A part is kept
without the parts inside it: what changes in one of those does not change the part around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

# Where a part stands in another. No text can be taken for one: its < would be escaped.
MARK = re.compile(r"<!--part (\S+)-->")


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

    def digests(self) -> dict[str, bytes]:
        """What tells whether a part is still the same, by its id."""
        return {part: _digest(outline) for part, outline in self.outlines.items()}

    def changed_since(self, seen: dict[str, bytes], *roots: str) -> Iterator[str]:
        """The HTML of what is new in ``roots`` to a page that shows ``seen``, for htmx to put
        in place by its id: the smallest parts that will do."""
        for part in roots:
            outline = self.outlines[part]
            if seen.get(part) == _digest(outline):
                yield from self.changed_since(seen, *MARK.findall(outline))
            else:
                own_id = f'id="{part}"'
                yield self.html(part).replace(own_id, f'{own_id} hx-swap-oob="true"', 1)


def render_parts(template: str, context: dict[str, object]) -> Parts:
    """Render a template all of which stands in parts."""
    parts = Parts()
    render_to_string(template, context | {"parts": parts})
    return parts


def _digest(outline: str) -> bytes:
    return blake2b(outline.encode(), digest_size=8).digest()
