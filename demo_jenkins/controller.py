"""The controller as a whole: items, queue, executors and people, and what moves them."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from enum import Enum
from xml.etree.ElementTree import Element

from demo_jenkins import parameters
from demo_jenkins.clock import Clock
from demo_jenkins.configuring import FOLDER_TAGS, BadConfiguration, job_config, set_text
from demo_jenkins.dispatching import Dispatcher
from demo_jenkins.faults import Faults, RequestCounts
from demo_jenkins.files import write_atomically
from demo_jenkins.home import Home
from demo_jenkins.items import Cause, Folder, Item, Job
from demo_jenkins.nodes import BUILT_IN, Node, Nodes
from demo_jenkins.parameters import ParameterValue
from demo_jenkins.people import People
from demo_jenkins.queueing import Queue, QueueItem
from demo_jenkins.running import Surroundings
from demo_jenkins.sessions import Sessions

VERSION = "2.579"
DEFAULT_QUIET_PERIOD_S = 5
IDLE_CHECK_S = 0.1


@dataclass(frozen=True)
class Options:
    """How the controller was started."""

    executors: int = 2
    language: str = "en"
    root_url: str | None = None  # configured; JSON shows it instead of the requested host
    prefix: str = ""  # context path such as /jenkins
    has_crumbs: bool = True  # CSRF protection
    has_security: bool = True  # without it nobody is asked who they are


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
    own_url: str
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    requests: RequestCounts = field(default_factory=RequestCounts)

    def __post_init__(self) -> None:
        self.session = secrets.token_hex(4)  # X-Jenkins-Session: tells one start from another
        self.sessions = Sessions()
        self.people = People(self.home.users_path)
        self.root = self.home.load()
        self.queue = Queue(self.clock)
        built_in = Node("", {BUILT_IN})
        built_in.resize(self.options.executors)
        self.nodes = Nodes([built_in])
        surroundings = Surroundings(self.home, self.clock, self.options.root_url or self.own_url)
        self.dispatcher = Dispatcher(self.queue, self.nodes, surroundings, self._is_known)
        self.quieting_reason: str | None = None
        self._load_queue()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def end(self, how: Ending) -> None:
        """Let ``ending`` return; the first call decides."""
        if not self._ending.done():
            self._ending.set_result(how)

    def quiet_down(self, reason: str | None) -> None:
        """Start nothing more; requests are still taken and wait."""
        self.dispatcher.is_quieting, self.quieting_reason = True, reason

    def cancel_quiet_down(self) -> None:
        """Go on."""
        self.dispatcher.is_quieting, self.quieting_reason = False, None
        self.dispatcher.hurry()

    async def become_idle(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing runs, or quieting down is called off; whether nothing runs."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.dispatcher.is_quieting and not self.dispatcher.is_idle:
                    await asyncio.sleep(IDLE_CHECK_S)
        return self.dispatcher.is_quieting and self.dispatcher.is_idle

    def end_when_idle(self, how: Ending, reason: str | None = None) -> None:
        """Quiet down, and end as soon as nothing runs; to cancel the one cancels the other."""
        self.quiet_down(reason)
        self._leaving = asyncio.create_task(self._end_when_idle(how))

    async def _end_when_idle(self, how: Ending) -> None:
        if await self.become_idle():
            self.end(how)

    async def ending(self) -> Ending:
        """Wait until somebody wants this start to end."""
        return await asyncio.shield(self._ending)

    async def stop(self) -> None:
        """End running builds as ABORTED, then save the queue for the next start."""
        await self.dispatcher.stop()
        self._save_queue()

    def schedule(
        self, job: Job, values: list[ParameterValue], cause: Cause, quiet_s: int | None
    ) -> tuple[QueueItem, bool]:
        """Queue a build; say whether the item is new or took the request in."""
        if quiet_s is None:
            quiet_s = job.config.quiet_period_s
        if quiet_s is None:
            quiet_s = DEFAULT_QUIET_PERIOD_S
        result = self.queue.schedule(job, values, cause, quiet_s)
        self.dispatcher.hurry()
        return result

    def add_item(self, parent: Folder, name: str, xml: Element) -> Item:
        """A new folder or job from its configuration; BadConfiguration for any other kind."""
        item: Item
        if xml.tag in FOLDER_TAGS:
            item = Folder(name, parent, xml)
        else:
            item = Job(name, parent, job_config(xml), xml)
        self.home.save_item(item)
        parent.children[name] = item
        return item

    def configure(self, item: Item, xml: Element) -> None:
        """Give a job or folder another configuration; what waits of a disabled job is cancelled.

        BadConfiguration where it describes another kind of item.
        """
        if xml.tag != item.xml.tag:
            raise BadConfiguration(f"{item.name} is no {xml.tag}")
        if isinstance(item, Job):
            item.config = job_config(xml)
        item.xml = xml
        self.home.save_item(item)
        if isinstance(item, Job) and item.config.is_disabled:
            self.queue.cancel_all_of(item)

    def set_in_configuration(self, item: Item, tag: str, text: str) -> None:
        """Change one thing, such as ``disabled``, in a job's or folder's configuration."""
        set_text(item.xml, tag, text)
        self.configure(item, item.xml)

    def reload(self) -> None:
        """Read all items again as they lie in the home; jobs that are still there stay the same."""
        read = self.home.load()
        _keep_jobs(self.root, read)
        self.root = read

    def has_running_builds(self, item: Item) -> bool:
        """Whether any build of a job, or of the jobs in a folder, has not ended."""
        jobs = [item] if isinstance(item, Job) else list(item.jobs())
        return any(e.item and e.item.job in jobs for e in self.nodes.executors())

    def move(self, item: Item, folder: Folder, name: str) -> None:
        """Put an item into a folder, or give it another name; its builds come along."""
        if item.parent:
            self.home.move_item(item, folder, name)
            del item.parent.children[item.name]
            item.name, item.parent = name, folder
            folder.children[name] = item

    async def delete(self, item: Item) -> None:
        """Remove an item, once its waiting requests are cancelled and its builds have ended."""
        if item.parent:
            del item.parent.children[item.name]
        self.queue.cancel_all_of(item)
        jobs = [item] if isinstance(item, Job) else list(item.jobs())
        await self.dispatcher.end_builds_of(jobs)
        self.home.delete_item(item)

    def _is_known(self, job: Job) -> bool:
        return job.is_buildable and self.root.find(job.full_name) is job

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
            if item.part_of is None
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


def _keep_jobs(known: Folder, read: Folder) -> None:
    """Put known jobs, with the builds that run of them, in the place of those just read."""
    for name, item in read.children.items():
        before = known.children.get(name)
        if isinstance(before, Folder) and isinstance(item, Folder):
            _keep_jobs(before, item)
        elif isinstance(before, Job) and isinstance(item, Job):
            before.config, before.xml, before.parent = item.config, item.xml, read
            read.children[name] = before
