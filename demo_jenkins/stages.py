"""What a Pipeline build tells of itself: its stages, their steps, and questions it asks."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class FlowNode:
    """A step that took time, with its part of the console in bytes."""

    id: str
    name: str
    parameters: str
    start_ms: int = 0
    end_ms: int | None = None
    result: str | None = None
    log_start: int = 0
    log_end: int = 0

    def end(self, now_ms: int, result: str) -> None:
        """Note how and when it ended."""
        self.end_ms, self.result = now_ms, result


@dataclass
class Stage:
    """A stage of a Pipeline build."""

    id: str
    name: str
    start_ms: int
    end_ms: int | None = None
    pause_ms: int = 0  # waited for input
    result: str | None = None
    error: str = ""
    nodes: list[FlowNode] = field(default_factory=list)

    def end(self, now_ms: int, result: str, error: str = "") -> None:
        """Note how and when it ended."""
        self.end_ms, self.result, self.error = now_ms, result, error


@dataclass(eq=False)
class PendingInput:
    """A question that a Pipeline build waits with."""

    id: str
    message: str
    ok: str
    is_settled: bool = False
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _who: str = ""
    _is_approved: bool = False

    async def answer(self) -> tuple[str, bool]:
        """Wait for somebody's answer: who, and whether to go on."""
        await self._answered.wait()
        return self._who, self._is_approved

    def settle(self, who: str, *, is_approved: bool) -> None:
        """Answer it."""
        self._who, self._is_approved, self.is_settled = who, is_approved, True
        self._answered.set()
