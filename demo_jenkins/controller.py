"""The controller as a whole: items, queue, executors and people, and what moves them."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from enum import Enum
from xml.etree.ElementTree import Element

from demo_jenkins import parameters, waiting
from demo_jenkins.clock import Clock
from demo_jenkins.configuring import FOLDER_TAG, job_config, set_text
from demo_jenkins.faults import Faults, RequestCounts
from demo_jenkins.files import write_atomically
from demo_jenkins.home import Home
from demo_jenkins.items import Build, Cause, Folder, Item, Job
from demo_jenkins.parameters import ParameterValue
from demo_jenkins.people import People
from demo_jenkins.queueing import Queue, QueueItem
from demo_jenkins.running import Execution, environment
from demo_jenkins.sessions import Sessions

VERSION = "2.579"
DEFAULT_QUIET_PERIOD_S = 5
TICK_S = 0.1  # how often the queue is looked at when nothing has happened
HANDOVER_S = 0.05  # an item is pending this long, then has left this long without a build
STARTS_PER_ROUND = 20  # so that a thousand starts do not hold up every answer


@dataclass(eq=False)
class Executor:
    """A place where one build can run."""

    number: int
    item: QueueItem | None = None
    execution: Execution | None = None
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True)
class Options:
    """How the controller was started."""

    executors: int = 2
    language: str = "en"
    root_url: str | None = None  # configured; JSON shows it instead of the requested host
    prefix: str = ""  # context path such as /jenkins
    has_crumbs: bool = True  # CSRF protection


class Ending(Enum):
    """How this start of the controller ends."""

    STOP = "in good order"
    RESTART = "in good order, then start again"
    CRASH = "at once and without saving, then start again"


@dataclass
class Controller:
    """Holds the state, starts what is due, and saves it when stopped in good order."""

    home: Home
    options: Options
    own_url: str = ""
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    requests: RequestCounts = field(default_factory=RequestCounts)

    def __post_init__(self) -> None:
        self.session = secrets.token_hex(4)  # X-Jenkins-Session: tells one start from another
        self.sessions = Sessions()
        self.people = People(self.home.users_path)
        self.root = self.home.load()
        self.executors = [Executor(number) for number in range(self.options.executors)]
        self.queue = Queue(self.clock)
        self.is_quieting = False
        self.quieting_reason: str | None = None
        self.is_stopping = False
        self._load_queue()
        self._news = asyncio.Event()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Start what is due, until cancelled."""
        while True:
            self._start_what_is_due()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), TICK_S)
            self._news.clear()

    def end(self, how: Ending) -> None:
        """Let ``ending`` return; the first call decides."""
        if not self._ending.done():
            self._ending.set_result(how)

    async def ending(self) -> Ending:
        """Wait until somebody wants this start to end."""
        return await asyncio.shield(self._ending)

    def crash(self) -> None:
        """End running builds without a trace, as the death of the machine would."""
        for executor in self.executors:
            if executor.task:
                executor.task.cancel()
            if executor.execution:
                executor.execution.kill()

    async def stop(self) -> None:
        """End running builds as ABORTED, then save the queue for the next start."""
        self.is_stopping = True
        for executor in self.executors:
            if executor.execution:
                executor.execution.abort("SYSTEM")
        await _ended(self.executors)
        self._save_queue()

    def hurry(self) -> None:
        """Look at the queue now and not at the next tick."""
        self._news.set()

    def schedule(
        self, job: Job, values: list[ParameterValue], cause: Cause, quiet_s: int | None
    ) -> tuple[QueueItem, bool]:
        """Queue a build; say whether the item is new or took the request in."""
        if quiet_s is None:
            quiet_s = job.config.quiet_period_s
        if quiet_s is None:
            quiet_s = DEFAULT_QUIET_PERIOD_S
        result = self.queue.schedule(job, values, cause, quiet_s)
        self.hurry()
        return result

    def add_item(self, parent: Folder, name: str, xml: Element) -> Item:
        """A new folder or job from its configuration; BadConfiguration for any other kind."""
        item: Item
        if xml.tag == FOLDER_TAG:
            item = Folder(name, parent)
        else:
            item = Job(name, parent, job_config(xml), xml)
        self.home.save_item(item)
        parent.children[name] = item
        return item

    def configure(self, job: Job, xml: Element) -> None:
        """Give a job another configuration; what waits of a disabled job is cancelled."""
        job.config, job.xml = job_config(xml), xml
        self.home.save_item(job)
        if job.config.is_disabled:
            self.queue.cancel_all_of(job)

    def switch(self, job: Job, *, is_disabled: bool) -> None:
        """Disable or enable a job."""
        set_text(job.xml, "disabled", str(is_disabled).lower())
        self.configure(job, job.xml)

    async def delete(self, item: Item) -> None:
        """Remove an item, once its waiting requests are cancelled and its builds have ended."""
        if item.parent:
            del item.parent.children[item.name]
        self.queue.cancel_all_of(item)
        jobs = [item] if isinstance(item, Job) else list(item.jobs())
        affected = [e for e in self.executors if e.item and e.item.job in jobs]
        for executor in affected:
            if executor.execution:
                executor.execution.abort("SYSTEM")
        await _ended(affected)
        self.home.delete_item(item)

    def executions(self) -> list[Execution]:
        """What runs now."""
        return [executor.execution for executor in self.executors if executor.execution]

    def execution_of(self, build: Build) -> Execution | None:
        """The execution of a build, None once it has ended."""
        return next((e for e in self.executions() if e.build is build), None)

    def _start_what_is_due(self) -> None:
        idle = [executor for executor in self.executors if executor.item is None]
        busy = {executor.item.job for executor in self.executors if executor.item}
        started = 0
        for item in self.queue.advance(busy):
            can_start = waiting.has_node(item) and not self.is_quieting
            if can_start and idle and started < STARTS_PER_ROUND:
                executor = idle.pop(0)
                executor.item = item
                item.is_pending = True
                started += 1
                executor.task = asyncio.create_task(self._run(item, executor))

    async def _run(self, item: QueueItem, executor: Executor) -> None:
        try:
            await asyncio.sleep(HANDOVER_S)
            if self.is_stopping or item.has_left:
                item.is_pending = False
                return
            self.queue.leave(item)
            await asyncio.sleep(HANDOVER_S)
            if self._is_gone(item.job):
                return
            await self._build(item, executor)
        finally:
            executor.item = executor.execution = executor.task = None
            self.hurry()

    async def _build(self, item: QueueItem, executor: Executor) -> None:
        job = item.job
        build = Build(
            job, job.next_number, item.id, self.clock.now_ms(), item.parameters, item.causes
        )
        job.next_number += 1
        self.home.save_next_number(job)
        workspace = self.home.workspace_path(job, self._free_slot(job))
        executor.execution = Execution(
            build,
            home=self.home,
            clock=self.clock,
            workspace=workspace,
            environment=environment(
                build,
                root_url=self.options.root_url or self.own_url,
                home=self.home,
                workspace=workspace,
                executor=executor.number,
            ),
        )
        job.builds[build.number] = build
        item.build = build
        if self.is_stopping:
            executor.execution.abort("SYSTEM")
        await executor.execution.run()

    def _is_gone(self, job: Job) -> bool:
        return job.config.is_disabled or self.root.find(job.full_name) is not job

    def _free_slot(self, job: Job) -> int:
        """Which of a job's workspaces no running build uses."""
        used = {execution.workspace for execution in self.executions()}
        slot = 1
        while self.home.workspace_path(job, slot) in used:
            slot += 1
        return slot

    def _save_queue(self) -> None:
        items = [
            {
                "id": item.id,
                "job": item.job.full_name,
                "parameters": parameters.to_record(item.parameters, secrets=True),
                "causes": item.causes,
                "since_ms": item.since_ms,
                "due_ms": item.due_ms,
            }
            for item in self.queue.items.values()
        ]
        record = {"next_id": self.queue.next_id, "items": items}
        write_atomically(self.home.queue_path, json.dumps(record).encode())

    def _load_queue(self) -> None:
        """Read the queue of an orderly stop. The ids of items stay as they were.

        After a crash this file is as old as the stop before, so ids are given out again.
        """
        if not self.home.queue_path.exists():
            return
        record = json.loads(self.home.queue_path.read_bytes())
        self.queue.next_id = record["next_id"]
        for entry in record["items"]:
            job = self.root.find(entry.pop("job"))
            values = parameters.from_record(entry.pop("parameters"))
            if isinstance(job, Job):
                item = QueueItem(job=job, parameters=values, **entry)
                self.queue.items[item.id] = item
        empty = {"next_id": self.queue.next_id, "items": []}
        write_atomically(self.home.queue_path, json.dumps(empty).encode())


async def _ended(executors: list[Executor]) -> None:
    """Wait until what these executors do has ended."""
    tasks = [executor.task for executor in executors if executor.task]
    if tasks:
        await asyncio.wait(tasks)
