"""The build queue: quiet period, folding, waiting for an executor, and having left."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from demo_jenkins.clock import Clock
from demo_jenkins.items import Build, Cause, Item, Job
from demo_jenkins.parameters import ParameterValue
from demo_jenkins.places import Grant

LEFT_ITEMS_KEPT_MS = 5 * 60 * 1000  # hudson.model.Queue keeps them this long
STUCK_AFTER_ESTIMATES = 10
STUCK_LEAST_ESTIMATE_MS = 60_000
STUCK_WITHOUT_ESTIMATE_MS = 24 * 3600 * 1000


class AlreadyLeft(Exception):
    """An item that has left the queue cannot be cancelled (500)."""


@dataclass(eq=False)
class QueueItem:
    """A request for a build. Its id never changes; its state does."""

    id: int
    job: Job
    parameters: list[ParameterValue]
    causes: list[Cause]
    since_ms: int
    due_ms: int  # end of the quiet period
    buildable_since_ms: int | None = None  # also set while blocked
    is_blocked: bool = False
    is_pending: bool = False  # promised to an executor
    left_ms: int | None = None
    is_cancelled: bool = False
    build: Build | None = None
    part_of: Build | None = None  # the Pipeline build whose node step waits here
    part_label: str | None = None
    grant: Grant | None = None  # of a node step

    @property
    def label(self) -> str | None:
        """The label that a node must have for this, None where any will do."""
        return self.part_label if self.part_of else self.job.config.label

    @property
    def has_left(self) -> bool:
        """Whether the item was cancelled or went to an executor."""
        return self.left_ms is not None

    @property
    def state(self) -> str:
        """Waiting, Blocked, Buildable or Left: Jenkins's four classes of items."""
        if self.has_left:
            return "Left"
        if self.buildable_since_ms is None:
            return "Waiting"
        return "Blocked" if self.is_blocked else "Buildable"


@dataclass
class Queue:
    """All items in order of their ids, and those that left in the last five minutes."""

    clock: Clock
    next_id: int = 1
    items: dict[int, QueueItem] = field(default_factory=dict)
    left: dict[int, QueueItem] = field(default_factory=dict)

    def schedule(
        self, job: Job, values: list[ParameterValue], cause: Cause, quiet_s: int
    ) -> tuple[QueueItem, bool]:
        """An item for this request and whether it is new.

        An equal one that still waits takes the request in, moves forward if this one is due
        earlier, and keeps both causes (Queue.scheduleInternal).
        """
        now_ms = self.clock.now_ms()
        due_ms = now_ms + quiet_s * 1000
        for item in self.items.values():
            is_open = item.job is job and not item.is_pending and item.part_of is None
            if is_open and set(item.parameters) == set(values):
                item.causes.append(cause)
                item.due_ms = min(item.due_ms, due_ms)
                return item, False
        item = QueueItem(self.next_id, job, values, [cause], now_ms, due_ms)
        self._add(item)
        return item, True

    def add_part(self, build: Build, label: str | None) -> QueueItem:
        """An item for a node step of a Pipeline build."""
        now_ms = self.clock.now_ms()
        item = QueueItem(self.next_id, build.job, [], [], now_ms, now_ms)
        item.part_of, item.part_label, item.grant = build, label, Grant()
        self._add(item)
        return item

    def find(self, item_id: int) -> QueueItem | None:
        """A waiting item, or one that left less than five minutes ago."""
        self._forget_old()
        return self.items.get(item_id) or self.left.get(item_id)

    def leave(self, item: QueueItem) -> None:
        """Take an item out, because it was cancelled or an executor has it."""
        item.left_ms = self.clock.now_ms()
        item.is_blocked = item.is_pending = False
        self.left[item.id] = self.items.pop(item.id)

    def cancel(self, item: QueueItem) -> None:
        """Cancel a waiting item; raise AlreadyLeft for any other."""
        if item.has_left:
            raise AlreadyLeft
        item.is_cancelled = True
        if item.grant and not item.grant.place.done():
            item.grant.place.set_result(None)
        self.leave(item)

    def cancel_all_of(self, item: Item) -> None:
        """Cancel what waits of a job that was switched off or deleted."""
        jobs = {item} if isinstance(item, Job) else set(item.jobs())
        for waiting in [i for i in self.items.values() if i.job in jobs]:
            self.cancel(waiting)

    def of_job(self, job: Job) -> QueueItem | None:
        """The first waiting item of a job."""
        own = (item for item in self.items.values() if item.job is job and not item.part_of)
        return next(own, None)

    def advance(self, busy: set[Job], *, is_quieting: bool) -> Iterator[QueueItem]:
        """Move items on; give those that could start now, oldest first.

        A job that is busy, or has an item before this one, blocks it unless it is concurrent.
        While Jenkins quiets down it blocks Pipelines, and lets others become buildable.
        """
        now_ms = self.clock.now_ms()
        occupied = set(busy)
        for item in list(self.items.values()):
            if item.due_ms > now_ms or item.is_pending:
                continue
            if item.buildable_since_ms is None:
                item.buildable_since_ms = now_ms
            if item.part_of is None:
                is_taken = item.job in occupied and not item.job.config.is_concurrent
                item.is_blocked = is_taken or (is_quieting and item.job.is_pipeline)
            if not item.is_blocked:
                occupied.add(item.job)
                yield item

    def is_stuck(self, item: QueueItem, *, has_node: bool) -> bool:
        """Whether an item waits suspiciously long, or for a node that is not there."""
        if item.state != "Buildable":
            return False
        if not has_node:
            return True
        waited_ms = self.clock.now_ms() - item.since_ms
        estimate_ms = item.job.estimated_duration_ms()
        if estimate_ms < 0:
            return waited_ms > STUCK_WITHOUT_ESTIMATE_MS
        return waited_ms > STUCK_AFTER_ESTIMATES * max(estimate_ms, STUCK_LEAST_ESTIMATE_MS)

    def _add(self, item: QueueItem) -> None:
        self.next_id += 1
        self.items[item.id] = item

    def _forget_old(self) -> None:
        oldest_ms = self.clock.now_ms() - LEFT_ITEMS_KEPT_MS
        for item in list(self.left.values()):
            if item.left_ms is not None and item.left_ms < oldest_ms:
                del self.left[item.id]
