"""Addresses of controllers, which people write in more than one way."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from dashboard.controllers.models import Controller


def path_below(url: str, root: str) -> str | None:
    """The path of ``url`` below ``root``; None on another host. Either scheme will do."""
    try:
        asked, ours = urlsplit(url), urlsplit(root)
    except ValueError:  # a host that is none, such as http://[x/
        return None
    prefix = ours.path.rstrip("/") + "/"
    if _host_of(asked) != _host_of(ours) or not f"{asked.path}/".startswith(prefix):
        return None
    return asked.path[len(prefix) :]


def _host_of(url: SplitResult) -> tuple[str | None, int | None]:
    """Host and port, the usual ports left out: with another scheme, or none, they mean the same."""
    try:
        port = url.port
    except ValueError:  # no number, or too large
        return None, None
    return url.hostname, None if port in (80, 443) else port


def is_same_address(one: str, other: str) -> bool:
    """Whether two addresses lead to one Jenkins, as far as they tell."""
    return path_below(one.rstrip("/"), other) == ""


def warn_of_twins(controller: Controller) -> str:
    """That its Jenkins is connected already, maybe with another account; "" where it is not."""
    others = Controller.objects.filter(is_enabled=True).exclude(pk=controller.pk)
    twins = [other.name for other in others if is_same_address(other.url, controller.url)]
    if not twins:
        return ""
    return f"The same Jenkins is connected as {' and '.join(twins)} already: its jobs appear twice."
