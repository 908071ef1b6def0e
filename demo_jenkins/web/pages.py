"""The table of all pages: which function answers which path below which kind of object."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from demo_jenkins.exporting import Bean
from demo_jenkins.items import Build, Folder, Job
from demo_jenkins.nodes import Node
from demo_jenkins.people import Permission, User
from demo_jenkins.queueing import QueueItem
from demo_jenkins.web.calls import Call, Target

GAP = "{}"  # stands for one segment of a path
REST = "{*}"  # stands for all that follow

Handler: TypeAlias = Callable[[Call], Awaitable[web.StreamResponse]]

_KINDS = {Job: "job", Build: "build", QueueItem: "item", User: "user", Node: "node"}


@dataclass(frozen=True)
class Page:
    """How a path below a kind of object is answered."""

    path: str
    handler: Handler
    needs_post: bool
    permission: Permission | None
    is_public: bool  # also for callers who may not read the controller
    needs_no_crumb: bool


_PAGES: dict[tuple[str, str], Page] = {}
_WITH_GAPS: dict[str, list[Page]] = {}


def page(
    kind: str,
    path: str,
    *,
    needs_post: bool = False,
    permission: Permission | None = None,
    is_public: bool = False,
    needs_no_crumb: bool = False,
) -> Callable[[Handler], Handler]:
    """Answer a path below a kind of object: root, folder, job, build, item (of the queue) ..."""

    def register(handler: Handler) -> Handler:
        made = Page(path, handler, needs_post, permission, is_public, needs_no_crumb)
        if GAP in path or REST in path:
            _WITH_GAPS.setdefault(kind, []).append(made)
        else:
            _PAGES[kind, path] = made
        return handler

    return register


def api(
    kind: str, path: str, *, is_public: bool = False
) -> Callable[[Callable[[Call], Bean]], Callable[[Call], Bean]]:
    """Answer ``path`` + ``api/json``, ``xml`` or ``python`` below a kind of object with a bean."""

    def register(make: Callable[[Call], Bean]) -> Callable[[Call], Bean]:
        async def handler(call: Call) -> web.Response:
            return call.exported(make(call))

        for flavour in ("json", "xml", "python"):
            page(kind, f"{path}api/{flavour}", is_public=is_public)(handler)
        return make

    return register


def find_page(kind: str, segments: list[str]) -> tuple[Page | None, list[str]]:
    """The page for a path below a kind of object, and what fills its gaps."""
    found = _PAGES.get((kind, "/".join(segments)))
    if found:
        return found, []
    for candidate in _WITH_GAPS.get(kind, []):
        words = _fill(candidate.path.split("/"), segments)
        if words is not None:
            return candidate, words
    return None, []


def kind_of(target: Target) -> str:
    """The name that pages of this kind of object are registered under."""
    if isinstance(target, Folder):
        return "folder" if target.parent else "root"
    return _KINDS[type(target)]


def _fill(pattern: list[str], segments: list[str]) -> list[str] | None:
    """What stands in the gaps of a pattern, None where the path does not fit it."""
    if pattern[-1] == REST:
        fixed = len(pattern) - 1
        return segments[fixed:] if segments[:fixed] == pattern[:-1] else None
    if len(pattern) != len(segments):
        return None
    pairs = list(zip(pattern, segments, strict=True))
    if any(expected not in (GAP, segment) for expected, segment in pairs):
        return None
    return [segment for expected, segment in pairs if expected == GAP]
