"""Folders, jobs and builds as they stand in memory."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias
from urllib.parse import quote
from xml.etree.ElementTree import Element

from demo_jenkins.configuring import COMPUTED_TAGS, JobConfig, is_true, new_folder
from demo_jenkins.parameters import ParameterDefinition, ParameterValue
from demo_jenkins.stages import PendingInput, Stage

Cause: TypeAlias = dict[str, str | None]  # as exported: _class, shortDescription and its own fields

Change: TypeAlias = dict[str, object]  # as exported: commitId, msg, author, timestamp ...

UNSAFE_CHARACTERS = set("?*/\\%!@#$^&|<>[]:;")
COLOURS = {"SUCCESS": "blue", "UNSTABLE": "yellow", "FAILURE": "red", "ABORTED": "aborted"}
BADNESS = ["SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"]  # hudson.model.Result


@dataclass(frozen=True)
class CaseCounts:
    """How many cases of a report failed, were skipped, and there are in all."""

    failed: int
    skipped: int
    total: int


@dataclass(eq=False)
class Build:
    """One execution of a job."""

    job: "Job"
    number: int
    queue_id: int
    timestamp_ms: int
    parameters: list[ParameterValue] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    result: str | None = None
    duration_ms: int = 0
    is_building: bool = True
    is_kept: bool = False
    description: str | None = None
    own_name: str | None = None  # instead of its number
    tests: CaseCounts | None = None
    node: str = ""  # where it ran; empty: the built-in one
    artifacts: list[str] = field(default_factory=list)  # paths of files that are kept
    changes: list[Change] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)  # Pipeline only
    inputs: list[PendingInput] = field(default_factory=list)  # Pipeline only

    def worsen(self, result: str) -> None:
        """Set a result unless there is a worse one already."""
        if self.result is None or BADNESS.index(result) > BADNESS.index(self.result):
            self.result = result

    @property
    def path(self) -> str:
        """The URL path below the controller's root, with a closing slash."""
        return f"{self.job.path}{self.number}/"

    @property
    def display_name(self) -> str:
        """Such as ``#7``."""
        return self.own_name or f"#{self.number}"

    @property
    def full_display_name(self) -> str:
        """Such as ``qa » regression #7``."""
        return f"{self.job.full_display_name} {self.display_name}"


@dataclass(eq=False)
class Folder:
    """A container of items; the controller's root is one without a name or parent."""

    name: str
    parent: "Folder | None"
    xml: Element = field(default_factory=new_folder)
    children: dict[str, "Item"] = field(default_factory=dict)

    @property
    def root(self) -> "Folder":
        """The controller's root."""
        return self.parent.root if self.parent else self

    @property
    def is_computed(self) -> bool:
        """Whether it is a multibranch project or organization folder."""
        return self.xml.tag in COMPUTED_TAGS

    @property
    def is_disabled(self) -> bool:
        """Whether it was switched off, which only a computed one can be."""
        return self.is_computed and is_true(self.xml, "disabled")

    @property
    def is_buildable(self) -> bool:
        """Whether its jobs may be launched, as far as it has a say."""
        return not self.is_disabled and (self.parent is None or self.parent.is_buildable)

    @property
    def full_name(self) -> str:
        """Names of all folders down to this item, joined by slashes."""
        return _full_name(self)

    @property
    def full_display_name(self) -> str:
        """The full name as people read it."""
        return self.full_name.replace("/", " » ")

    @property
    def path(self) -> str:
        """The URL path below the controller's root, with a closing slash."""
        return _path(self)

    def jobs(self) -> Iterator["Job"]:
        """Every job in this folder and the folders below it."""
        for child in self.children.values():
            if isinstance(child, Job):
                yield child
            else:
                yield from child.jobs()

    def find(self, full_name: str) -> "Item | None":
        """An item by its full name as seen from here."""
        first, _, rest = full_name.partition("/")
        child = self.children.get(first)
        if rest and isinstance(child, Folder):
            return child.find(rest)
        return None if rest else child


@dataclass(eq=False)
class Job:
    """A freestyle or Pipeline job and its builds by number, the oldest first."""

    name: str
    parent: Folder
    config: JobConfig
    xml: Element
    builds: dict[int, Build] = field(default_factory=dict)
    next_number: int = 1
    coming_changes: list[Change] = field(default_factory=list)  # for the next build

    @property
    def is_buildable(self) -> bool:
        """Whether it may be launched."""
        return not self.config.is_disabled and self.parent.is_buildable

    @property
    def parameters(self) -> list[ParameterDefinition]:
        """What it asks for; a Run's default is the build that its filter means at this moment."""
        root = self.parent.root
        return [
            replace(each, default=_latest_run(each, root)) if each.kind == "Run" else each
            for each in self.config.parameters
        ]

    @property
    def is_matrix(self) -> bool:
        """Whether its builds run once for each value of an axis."""
        return self.config.axis is not None

    @property
    def is_pipeline(self) -> bool:
        """Whether its builds walk through a script."""
        return self.config.script is not None

    @property
    def full_name(self) -> str:
        """Names of all folders down to this item, joined by slashes."""
        return _full_name(self)

    @property
    def full_display_name(self) -> str:
        """The full name as people read it."""
        return self.full_name.replace("/", " » ")

    @property
    def path(self) -> str:
        """The URL path below the controller's root, with a closing slash."""
        return _path(self)

    def newest_first(self) -> Iterator[Build]:
        """All builds, the newest first; they are added in order of their numbers."""
        return reversed(self.builds.values())

    def permalink(self, name: str) -> Build | None:
        """The newest build that a permalink such as ``lastStableBuild`` means."""
        fits = PERMALINKS[name]
        return next((build for build in self.newest_first() if fits(build)), None)

    def estimated_duration_ms(self) -> int:
        """Mean of up to three recent builds, good ones if there are any; -1 without any."""
        good = filter(PERMALINKS["lastSuccessfulBuild"], self.newest_first())
        ended = filter(PERMALINKS["lastCompletedBuild"], self.newest_first())
        recent = list(islice(good, 3)) or list(islice(ended, 3))
        return sum(build.duration_ms for build in recent) // len(recent) if recent else -1

    def colour(self) -> str:
        """The ball: of the last ended build, blinking while the newest one runs."""
        if self.config.is_disabled:
            return "disabled"
        ended = self.permalink("lastCompletedBuild")
        colour = COLOURS.get(ended.result or "", "notbuilt") if ended else "notbuilt"
        newest = self.permalink("lastBuild")
        return f"{colour}_anime" if newest and newest.is_building else colour


Item: TypeAlias = Folder | Job


def _ended(*results: str) -> Callable[[Build], bool]:
    return lambda build: not build.is_building and (not results or build.result in results)


PERMALINKS: dict[str, Callable[[Build], bool]] = {
    "lastBuild": lambda build: True,
    "lastCompletedBuild": _ended(),
    "lastFailedBuild": _ended("FAILURE"),
    "lastStableBuild": _ended("SUCCESS"),
    "lastSuccessfulBuild": _ended("SUCCESS", "UNSTABLE"),
    "lastUnstableBuild": _ended("UNSTABLE"),
    "lastUnsuccessfulBuild": _ended("UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"),
}

_RUN_FILTERS = {
    "COMPLETED": "lastCompletedBuild",
    "SUCCESSFUL": "lastSuccessfulBuild",
    "STABLE": "lastStableBuild",
}


def is_good_name(name: str) -> bool:
    """Whether Jenkins takes this as the name of an item (Jenkins.checkGoodName)."""
    return (
        bool(name)
        and not name.endswith(".")
        and not UNSAFE_CHARACTERS & set(name)
        and all(unicodedata.category(character) != "Cc" for character in name)
    )


def _latest_run(definition: ParameterDefinition, root: Folder) -> str | None:
    """Such as ``qa/nightly#7`` (RunParameterDefinition.getDefaultParameterValue)."""
    job = root.find(definition.project)
    if not isinstance(job, Job):
        return None
    build = job.permalink(_RUN_FILTERS.get(definition.run_filter, "lastBuild"))
    return f"{job.full_name}#{build.number}" if build else None


def _full_name(item: Item) -> str:
    above = item.parent.full_name if item.parent else ""
    return f"{above}/{item.name}" if above else item.name


def _path(item: Item) -> str:
    if item.parent is None:
        return ""
    return f"{item.parent.path}job/{quote(item.name, safe='')}/"
