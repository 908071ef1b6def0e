"""The built-in node and agents, and the executors on which builds run."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from demo_jenkins.configuring import BadConfiguration
from demo_jenkins.items import Build
from demo_jenkins.queueing import QueueItem
from demo_jenkins.running import Execution

BUILT_IN = "built-in"
AGENT_TAG = "slave"


@dataclass(eq=False)
class Executor:
    """A place where one build, or a part of a Pipeline build, can run."""

    node: "Node"
    number: int
    item: QueueItem | None = None  # what has been promised to it, or runs
    execution: Execution | None = None
    task: asyncio.Task[None] | None = None
    slot: int | None = None  # which of the job's workspaces it uses

    def release(self) -> None:
        """Be idle again."""
        self.item = self.execution = self.task = self.slot = None


@dataclass(eq=False)
class Node:
    """A machine with executors; all of them are this one, whatever they are called."""

    name: str  # empty: the controller itself
    labels: set[str]
    executors: list[Executor] = field(default_factory=list)
    one_off: list[Executor] = field(default_factory=list)  # where Pipeline builds themselves run
    is_offline: bool = False
    offline_reason: str = ""
    description: str = ""

    @property
    def path(self) -> str:
        """The URL path below the controller's root, with a closing slash."""
        return f"computer/{quote(self.name) or f'({BUILT_IN})'}/"

    @property
    def display_name(self) -> str:
        """What people call it."""
        return self.name or "Built-In Node"

    @property
    def label_name(self) -> str:
        """The label every node has of itself."""
        return self.name or BUILT_IN

    def resize(self, executors: int) -> None:
        """Give it this many executors, and leave it any other that is busy."""
        known = {executor.number: executor for executor in self.executors}
        busy = {number: executor for number, executor in known.items() if executor.item}
        fresh = {number: Executor(self, number) for number in range(executors)}
        self.executors = list((fresh | busy).values())

    def to_xml(self) -> Element:
        """An agent's configuration, as far as it has a meaning here."""
        xml = Element(AGENT_TAG)
        texts = {
            "name": self.name,
            "description": self.description,
            "numExecutors": str(len(self.executors)),
            "label": " ".join(sorted(self.labels)),
        }
        for tag, text in texts.items():
            SubElement(xml, tag).text = text
        return xml

    def configure(self, xml: Element) -> None:
        """Give an agent another configuration, which may be another name as well."""
        if xml.tag != AGENT_TAG:
            raise BadConfiguration(f"{self.name} is no {xml.tag}")
        self.name = xml.findtext("name") or self.name
        self.description = xml.findtext("description") or ""
        self.labels = set((xml.findtext("label") or "").split())
        self.resize(int(xml.findtext("numExecutors") or 1))

    def takes(self, label: str | None) -> bool:
        """Whether it has a label; work without one runs anywhere."""
        return label is None or label in self.labels or label == self.label_name


@dataclass
class Nodes:
    """All nodes, the built-in one first."""

    all: list[Node]

    def with_label(self, label: str | None) -> list[Node]:
        """Nodes that have a label."""
        return [node for node in self.all if node.takes(label)]

    def find(self, name: str) -> Node | None:
        """A node by its name in URLs."""
        names = {node.name or f"({BUILT_IN})": node for node in self.all}
        return names.get(f"({BUILT_IN})" if name == "(master)" else name)  # its older name

    def executors(self) -> Iterator[Executor]:
        """Every executor, those for Pipeline builds included."""
        for node in self.all:
            yield from node.executors
            yield from node.one_off

    def idle(self, label: str | None) -> Executor | None:
        """An executor that is free for this label."""
        online = (node for node in self.with_label(label) if not node.is_offline)
        executors = (executor for node in online for executor in node.executors)
        return next((executor for executor in executors if executor.item is None), None)

    def execution_of(self, build: Build) -> Execution | None:
        """The execution of a build, None once it has ended."""
        executions = (executor.execution for executor in self.executors() if executor.execution)
        return next((execution for execution in executions if execution.build is build), None)
