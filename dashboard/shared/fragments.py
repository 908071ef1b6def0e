"""What many people watch is rendered by the first who asks for it (docs/adr/0007)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.core.cache import caches

# A few, so that those who wait for one fragment do not hold up those who render another
_locks = [threading.Lock() for _ in range(16)]


def rendered_once(key: str, render: Callable[[], tuple[str, float]]) -> str:
    """The HTML kept under ``key`` in this process; ``render`` makes it and says for how many
    seconds it may be kept, while all others who ask for it wait."""
    html: str | None = caches["fragments"].get(key)
    if html is None:
        with _locks[hash(key) % len(_locks)]:
            html = caches["fragments"].get(key)  # another thread may have been first
            if html is None:
                html, kept_s = render()
                caches["fragments"].set(key, html, kept_s)
    return html
