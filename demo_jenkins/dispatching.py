"""From the queue to executors: what is due is started, on a node that has its label."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from demo_jenkins.items import Build, Job
from demo_jenkins.nodes import Executor, Node, Nodes
from demo_jenkins.pipelines import PipelineExecution
from demo_jenkins.places import Grant, Place
from demo_jenkins.queueing import Queue, QueueItem
from demo_jenkins.running import Execution, FreestyleExecution, MatrixExecution, Surroundings

TICK_S = 0.1  # how often the queue is looked at when nothing has happened
HANDOVER_S = 0.05  # an item is pending this long, then has left this long without a build
STARTS_PER_ROUND = 20  # so that a thousand starts do not hold up every answer


@dataclass(eq=False)
class Dispatcher:
    """Starts what is due, and knows what runs."""

    queue: Queue
    nodes: Nodes
    surroundings: Surroundings
    is_known: Callable[[Job], bool]  # whether a job still exists and is enabled
    is_quieting: bool = False
    is_stopping: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Start what is due, until cancelled."""
        while True:
            self._start_what_is_due()
            with contextlib.suppress(TimeoutError):
                # Not wait_for: in Python 3.11 it swallows a cancel that comes with the news
                async with asyncio.timeout(TICK_S):
                    await self._news.wait()
            self._news.clear()

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or is about to."""
        return all(executor.item is None for executor in self.nodes.executors())

    def hurry(self) -> None:
        """Look at the queue now and not at the next tick."""
        self._news.set()

    async def end_builds_of(self, jobs: list[Job]) -> None:
        """Abort the builds of some jobs and wait for their end."""
        affected = [e for e in self.nodes.executors() if e.item and e.item.job in jobs]
        for executor in affected:
            if executor.execution:
                executor.execution.abort("SYSTEM")
        await self._wait_for(affected)

    async def remove(self, node: Node) -> None:
        """Take an agent away; what runs there ends with it."""
        self.nodes.all.remove(node)
        affected = [executor for executor in node.executors if executor.item]
        for executor in affected:
            if executor.execution:
                executor.execution.abort("SYSTEM")
                executor.execution.kill()
        await self._wait_for(affected)

    async def stop(self) -> None:
        """Start nothing more, and end running builds as ABORTED."""
        self.is_stopping = True
        executors = list(self.nodes.executors())
        for executor in executors:
            if executor.execution:
                executor.execution.abort("SYSTEM")
        await self._wait_for(executors)

    def crash(self) -> None:
        """End running builds without a trace, as the death of the machine would."""
        for executor in self.nodes.executors():
            if executor.task:
                executor.task.cancel()
            if executor.execution:
                executor.execution.kill()

    def _start_what_is_due(self) -> None:
        own = [e.item for e in self.nodes.executors() if e.item and e.item.part_of is None]
        started = 0
        busy = {item.job for item in own}
        for item in self.queue.advance(busy, is_quieting=self.is_quieting):
            if started == STARTS_PER_ROUND:
                self.hurry()
                return
            executor = self._executor_for(item)
            if executor:
                executor.item = item
                item.is_pending = True
                started += 1
                executor.task = asyncio.create_task(self._run(item, executor))

    def _executor_for(self, item: QueueItem) -> Executor | None:
        """A place for an item; a Pipeline build runs beside the executors, its nodes on them."""
        if self.is_quieting:
            return None
        if not item.job.is_pipeline or item.part_of:
            return self.nodes.idle(item.label)
        built_in = self.nodes.all[0]
        executor = Executor(built_in, -1)
        built_in.one_off.append(executor)
        return executor

    async def _run(self, item: QueueItem, executor: Executor) -> None:
        try:
            await asyncio.sleep(HANDOVER_S)
            if self.is_stopping or item.has_left:
                item.is_pending = False
                return
            self.queue.leave(item)
            await asyncio.sleep(HANDOVER_S)
            if item.grant and item.part_of:
                await self._lend(item, executor, item.grant, item.part_of)
            elif self.is_known(item.job):
                await self._build(item, executor)
        finally:
            executor.release()
            if executor in executor.node.one_off:
                executor.node.one_off.remove(executor)
            self.hurry()

    async def _build(self, item: QueueItem, executor: Executor) -> None:
        build = self._new_build(item)
        executor.execution = execution = self._execution(build, executor)
        build.job.builds[build.number] = build
        item.build = build
        if self.is_stopping:
            execution.abort("SYSTEM")
        await execution.run()

    def _new_build(self, item: QueueItem) -> Build:
        job, surroundings = item.job, self.surroundings
        now_ms = surroundings.clock.now_ms()
        build = Build(job, job.next_number, item.id, now_ms, item.parameters, item.causes)
        build.changes, job.coming_changes = job.coming_changes, []
        job.next_number += 1
        surroundings.home.save_next_number(job)
        return build

    def _execution(self, build: Build, executor: Executor) -> Execution:
        if build.job.is_pipeline:
            return PipelineExecution(build, self.surroundings, self._lease)
        build.node = executor.node.name
        kind = MatrixExecution if build.job.is_matrix else FreestyleExecution
        return kind(build, self.surroundings, self._place(build, executor))

    @contextlib.asynccontextmanager
    async def _lease(self, build: Build, label: str | None) -> AsyncIterator[Grant]:
        """Queue a node step of a Pipeline build, for as long as the step lasts."""
        item = self.queue.add_part(build, label)
        grant = item.grant or Grant()
        self.hurry()
        try:
            yield grant
        finally:
            grant.is_over.set()
            if not item.has_left:
                self.queue.cancel(item)

    async def _lend(self, item: QueueItem, executor: Executor, grant: Grant, build: Build) -> None:
        """Let a Pipeline build use an executor until its node step ends."""
        if not grant.place.done():
            executor.execution = self.nodes.execution_of(build)
            item.build = build
            grant.place.set_result(self._place(build, executor))
            await grant.is_over.wait()

    def _place(self, build: Build, executor: Executor) -> Place:
        executor.slot = self._free_slot(build.job)
        workspace = self.surroundings.home.workspace_path(build.job, executor.slot)
        return Place(workspace, executor.number, executor.node.label_name)

    def _free_slot(self, job: Job) -> int:
        """Which of a job's workspaces nobody works in."""
        used = {e.slot for e in self.nodes.executors() if e.item and e.item.job is job}
        return next(slot for slot in itertools.count(1) if slot not in used)

    async def _wait_for(self, executors: list[Executor]) -> None:
        tasks = [executor.task for executor in executors if executor.task]
        if tasks:
            await asyncio.wait(tasks)
