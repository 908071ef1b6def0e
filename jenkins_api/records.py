"""What Jenkins tells, as plain records. Times are epoch milliseconds of Jenkins's clock.

Values that Jenkins defines (``result``, ``why``, class names) are kept verbatim. Times and
durations that cannot be are not known: None, or 0 where that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Answer to "is it up": what the headers of ``HEAD /login`` say."""

    version: str  # X-Jenkins, "" where a proxy took it away
    session: str  # X-Jenkins-Session: changes with each start of Jenkins
    answered_in_s: float
    clock_offset_s: float | None  # Jenkins's clock minus ours, by its Date header


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Jenkins takes us for."""

    name: str
    is_anonymous: bool
    authorities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A user's record in Jenkins."""

    user_id: str
    full_name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A new API token. ``value`` is told this once and never again."""

    name: str
    uuid: str  # what revoking asks for
    value: str = field(repr=False)
    expires: str = ""  # "never" or a date; "" on older cores, whose tokens never do


@dataclass(frozen=True, slots=True)
class Permissions:
    """What we may do with a job; None where no request tells it without doing it."""

    build: bool | None
    configure: bool | None  # known not to, or may at least read the configuration


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """How the controller is set up and whether it is going down."""

    version: str
    session: str
    mode: str  # NORMAL, or EXCLUSIVE: only jobs bound to it run on the built-in node
    is_quieting_down: bool
    quiet_down_reason: str
    uses_crumbs: bool
    uses_security: bool
    configured_url: str  # may differ from the one we use; "" if none is set


@dataclass(frozen=True, slots=True)
class ParameterDefinition:
    """One parameter that a job asks for. ``kind`` is Jenkins's ``type``, verbatim."""

    name: str
    kind: str  # StringParameterDefinition, TextParameterDefinition, ...
    description: str = ""
    default: str | bool | None = None  # None: no default, or a password's (never exported)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Something Jenkins can build. ``parameters`` is empty for a plain job."""

    full_name: str
    kind: str  # _class, verbatim
    is_buildable: bool
    is_disabled: bool
    color: str = ""
    description: str = ""
    display_name: str = ""
    parameters: tuple[ParameterDefinition, ...] = ()
    label: str = ""  # labelExpression of the freestyle family


@dataclass(frozen=True, slots=True)
class QueueItemRef:
    """Where a launch went. ``created`` is False for a 303: folded into an equal waiting item.

    A plain job answers 201 with an existing item's id when it folds, so ``created`` alone
    does not prove that the item is new (contract 4.1).
    """

    queue_id: int
    created: bool
    status: int  # 201 or 303
    crumb: str = ""  # "sent" or "renewed" where the request had one; none goes with a token


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One item of the queue. ``kind`` is the last part of its class: "WaitingItem", ..."""

    queue_id: int
    kind: str
    why: str | None
    in_queue_since_ms: int | None
    job: str | None  # full name, read from the task's url; None for other kinds of task
    is_blocked: bool = False
    is_buildable: bool = False
    is_stuck: bool = False
    is_pending: bool = False
    is_cancelled: bool = False
    waits_until_ms: int | None = None  # end of the quiet period, WaitingItem only
    buildable_since_ms: int | None = None
    build_number: int | None = None  # LeftItem whose build exists
    has_left: bool = False  # LeftItem: cancelled, started, or for a moment neither
    parameters: dict[str, str] = field(default_factory=dict)  # passwords are left out
    step_of_build: int | None = None  # a Pipeline's node step that waits: its build's number


@dataclass(frozen=True, slots=True)
class Queue:
    """The whole queue. ``session`` is X-Jenkins-Session: queue ids mean nothing without it."""

    items: tuple[QueueItem, ...]
    session: str
    clock_offset_s: float | None = None
    version: str = ""
    answered_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RunningBuild:
    """A build on an executor. One build can stand on several (contract 9.1)."""

    job: str  # full name, from its url
    number: int
    node: str
    queue_id: int | None  # None on a Pipeline's node step, which does not tell
    started_ms: int | None
    estimated_ms: int | None  # None: Jenkins has no estimate
    is_building: bool | None
    result: str | None
    kind: str
    waits_for_input: bool = False
    is_likely_stuck: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """An agent, or the built-in node, and how busy it is."""

    name: str
    labels: frozenset[str]
    executors: int
    busy: int
    is_offline: bool
    offline_reason: str = ""
    is_temporarily_offline: bool = False


@dataclass(frozen=True, slots=True)
class Executors:
    """Who builds what right now: every node and every running build, in one answer."""

    nodes: tuple[Node, ...]
    builds: tuple[RunningBuild, ...]
    busy: int
    total: int
    session: str


@dataclass(frozen=True, slots=True)
class Build:
    """One build by its number."""

    number: int
    build_id: str
    queue_id: int  # -1: Jenkins does not know
    result: str | None  # verbatim; may be set while ``is_building``
    is_building: bool  # building, or inProgress where Jenkins tells it
    started_ms: int | None
    duration_ms: int  # 0 while running, and where it is not known
    estimated_ms: int | None
    node: str  # "" for the built-in node and for Pipelines
    is_kept: bool
    display_name: str = ""
    description: str = ""
    causes: tuple[str, ...] = ()  # shortDescription of each
    parameters: dict[str, str] = field(default_factory=dict)  # passwords are left out
    kind: str = ""

    @property
    def ran_on(self) -> str:
        """The name of its node; "" where it is not told, as of a Pipeline, which has several."""
        return self.node or ("" if "workflow" in self.kind else "Built-In Node")

    @property
    def has_ended(self) -> bool:
        """Whether the result is final (contract 6)."""
        return not self.is_building and self.result is not None


@dataclass(frozen=True, slots=True)
class CaseAttempt:
    """One ``<testcase>`` of a report, as it stands there; the last of a name in a part decides."""

    suite: str
    class_name: str
    name: str
    status: str  # PASSED, SKIPPED, FAILED, FIXED, REGRESSION
    duration_s: float
    message: str = ""
    trace: str = ""
    failed_earlier: int = 0  # entries in flakyFailures and rerunFailures
    skipped_message: str = ""
    part: str = ""  # of a matrix or Maven job, by its address: "OS=linux"


@dataclass(frozen=True, slots=True)
class Report:
    """A build's test report, cases in the order of the report."""

    passed: int
    failed: int
    skipped: int
    duration_s: float
    attempts: tuple[CaseAttempt, ...]


@dataclass(frozen=True, slots=True)
class ConsoleChunk:
    """A piece of a log: bytes with LF line ends, and where to read on.

    ``next_start`` is X-Text-Size, an offset in Jenkins's stored log. Where the answer has not
    exactly ``next_start - start`` bytes something was skipped, the log has line ends of its own,
    or an older core took its console notes out. ``next_start < start`` means the log was rotated
    and this chunk starts at 0.
    """

    text: bytes
    start: int
    next_start: int
    has_more: bool
    before_bytes: int = 0  # of the same answer, in the chunks before this one
    is_part: bool = False  # the answer goes on; ``next_start`` is still ``start``

    @property
    def is_rotated(self) -> bool:
        """Whether Jenkins's log had become shorter than ``start`` and was read from 0."""
        return self.next_start < self.start

    @property
    def size_bytes(self) -> int:
        """What the answer has had up to the end of this chunk."""
        return self.before_bytes + len(self.text)

    @property
    def moved_bytes(self) -> int:
        """How far the offset moved: what an answer has from which nothing is missing."""
        return self.next_start - (0 if self.is_rotated else self.start)

    def after(self, text: bytes) -> bytes:
        """``text``, all that came before, and this; a line end may lie across the two."""
        is_seam = self.before_bytes == 0 and self.text.startswith(b"\n")
        return (text.rstrip(b"\r") if is_seam else text) + self.text


@dataclass(frozen=True, slots=True)
class LastBuilds:
    """A job's permalinks, each None while there is no such build (contract 6.1); is it on?"""

    last: Build | None  # in any state, running included
    completed: Build | None
    stable: Build | None  # SUCCESS
    successful: Build | None  # SUCCESS or UNSTABLE
    unstable: Build | None
    failed: Build | None  # FAILURE only
    unsuccessful: Build | None  # anything but SUCCESS, ABORTED and NOT_BUILT included
    next_number: int
    is_buildable: bool
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a Pipeline's run. ``status`` is wfapi's: FAILED, PAUSED_PENDING_INPUT, ..."""

    stage_id: str
    name: str
    status: str
    started_ms: int | None
    duration_ms: int
    paused_ms: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class PendingInput:
    """A question that a Pipeline waits with."""

    input_id: str
    message: str
    proceed_text: str
    parameters: tuple[ParameterDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a build kept. ``path`` is relative and names it to ``save_artifact``."""

    path: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that came into a build."""

    commit: str
    message: str
    author: str
    at_ms: int | None
    paths: tuple[str, ...] = ()
