"""Where commands of a build run, and how a Pipeline build is given such a place for a while."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A workspace on some executor of a node."""

    workspace: Path
    executor: int
    node: str


def _new_future() -> "asyncio.Future[Place | None]":
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False)
class Grant:
    """A place that a node step has asked for; None where its queue item was cancelled."""

    place: "asyncio.Future[Place | None]" = field(default_factory=_new_future)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
