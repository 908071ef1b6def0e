"""What each object shows in ``api/json``, field by field in Jenkins's order."""

from dataclasses import dataclass, field
from itertools import islice

from demo_jenkins import waiting
from demo_jenkins.controller import Controller, Executor
from demo_jenkins.exporting import Bean
from demo_jenkins.items import PERMALINKS, Build, CaseCounts, Cause, Folder, Item, Job
from demo_jenkins.parameters import definitions_bean, parameters_text, values_bean
from demo_jenkins.people import Permission, User
from demo_jenkins.queueing import QueueItem
from demo_jenkins.sessions import CRUMB_FIELD

BUILDS_SHOWN = 100
CONCLUSIVE = ("SUCCESS", "UNSTABLE", "FAILURE")
FREESTYLE = "hudson.model.FreeStyleProject"
FREESTYLE_BUILD = "hudson.model.FreeStyleBuild"
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
_EMPTY = Bean(None, {})  # an action that shows nothing


@dataclass(frozen=True)
class Exporter:
    """Makes beans for one request: what its user may see, by its root URL, in its language."""

    controller: Controller
    user: User
    root_url: str
    language: str
    _estimates_ms: dict[Job, int] = field(default_factory=dict)

    def root(self) -> Bean:
        """The controller itself."""
        controller = self.controller
        views = self._views(self.root_url)
        fields: dict[str, object] = {
            "assignedLabels": [_label()],
            "mode": "NORMAL",
            "nodeDescription": "the Jenkins controller's built-in node",
            "nodeName": "",
            "numExecutors": len(controller.executors),
            "description": None,
            "jobs": lambda: self._children(controller.root),
            "overallLoad": _EMPTY,
            "primaryView": views[0],
            "quietDownReason": controller.quieting_reason,
            "quietingDown": controller.is_quieting,
            "slaveAgentPort": -1,
            "unlabeledLoad": Bean("jenkins.model.UnlabeledLoadStatistics", {}),
            "url": self.root_url,
            "useCrumbs": controller.options.has_crumbs,
            "useSecurity": True,
            "views": views,
        }
        return Bean("hudson.model.Hudson", fields)

    def item(self, item: Item) -> Bean:
        """A folder or job."""
        return self.job(item) if isinstance(item, Job) else self._folder(item)

    def job(self, job: Job) -> Bean:
        """A freestyle job."""
        config = job.config
        definitions = [definitions_bean(config.parameters)] if config.parameters else []
        fields: dict[str, object] = {
            "actions": [*definitions, _EMPTY, _EMPTY, _EMPTY],
            "description": config.description,
            "displayName": job.name,
            "displayNameOrNull": None,
            "fullDisplayName": job.full_display_name,
            "fullName": job.full_name,
            "name": job.name,
            "url": self.root_url + job.path,
            "allBuilds": lambda: [self.build(build) for build in job.newest_first()],
            "buildable": not config.is_disabled,
            "builds": lambda: [self.build(b) for b in islice(job.newest_first(), BUILDS_SHOWN)],
            "color": job.colour,
            "firstBuild": lambda: self._build_or_none(job.builds.get(min(job.builds, default=0))),
            "healthReport": lambda: _health(job),
            "inQueue": lambda: self.controller.queue.of_job(job) is not None,
            "keepDependencies": False,
            **{name: self._permalink(job, name) for name in PERMALINKS},
            "nextBuildNumber": job.next_number,
            "property": definitions,
            "queueItem": lambda: self._first_item(job),
            "concurrentBuild": config.is_concurrent,
            "disabled": config.is_disabled,
            "downstreamProjects": [],
            "labelExpression": config.label,
            "scm": Bean("hudson.scm.NullSCM", {}),
            "upstreamProjects": [],
        }
        visibility = {"name": 3, "url": 3, "color": 2, "allBuilds": -2}
        return Bean(FREESTYLE, fields, visibility, inline=frozenset({"property"}))

    def build(self, build: Build) -> Bean:
        """A freestyle build."""
        actions = [values_bean(build.parameters)] if build.parameters else []
        actions.append(_causes_bean(build.causes))
        actions.append(_EMPTY)
        if build.tests:
            actions.append(_tests_bean(build.tests))
        fields: dict[str, object] = {
            "actions": actions,
            "artifacts": [],
            "building": build.is_building,
            "description": build.description,
            "displayName": f"#{build.number}",
            "duration": build.duration_ms,
            "estimatedDuration": lambda: self._estimate_ms(build.job),
            "executor": _EMPTY if build.is_building else None,
            "fullDisplayName": build.full_display_name,
            "id": str(build.number),
            "inProgress": build.is_building,
            "keepLog": build.is_kept,
            "number": build.number,
            "queueId": build.queue_id,
            "result": build.result,
            "timestamp": build.timestamp_ms,
            "url": self.root_url + build.path,
            "builtOn": "",
            "changeSet": Bean("hudson.scm.EmptyChangeLogSet", {"items": [], "kind": None}, {}, 2),
            "culprits": [],
        }
        return Bean(FREESTYLE_BUILD, fields, {"number": 2, "url": 2})

    def queue(self) -> Bean:
        """The whole queue: waiting items, then blocked ones, then buildable ones, newest first."""
        may_read = self.user.may(Permission.ITEM_READ)
        items = list(self.controller.queue.items.values()) if may_read else []
        waiting_items = sorted((i for i in items if i.state == "Waiting"), key=lambda i: i.due_ms)
        blocked = [item for item in items if item.state == "Blocked"]
        buildable = [item for item in reversed(items) if item.state == "Buildable"]
        shown = [self.queue_item(item) for item in [*waiting_items, *blocked, *buildable]]
        inline = frozenset({"items"})
        return Bean("hudson.model.Queue", {"discoverableItems": [], "items": shown}, inline=inline)

    def queue_item(self, item: QueueItem) -> Bean:
        """One queue item in its present state."""
        queue = self.controller.queue
        state = item.state
        actions = [values_bean(item.parameters)] if item.parameters else []
        actions.append(_causes_bean(item.causes))
        fields: dict[str, object] = {
            "actions": actions,
            "blocked": state == "Blocked",
            "buildable": state == "Buildable",
            "id": item.id,
            "inQueueSince": item.since_ms,
            "params": parameters_text(item.parameters),
            "stuck": lambda: queue.is_stuck(item, has_node=waiting.has_node(item)),
            "task": lambda: self.job(item.job),
            "url": f"queue/item/{item.id}/",
            "why": lambda: self._why(item),
        }
        if state == "Waiting":
            fields["timestamp"] = item.due_ms
        if state in ("Blocked", "Buildable"):
            fields["buildableStartMilliseconds"] = item.buildable_since_ms
        if state == "Buildable":
            fields["pending"] = item.is_pending
        if state == "Left":
            fields["cancelled"] = item.is_cancelled
            fields["executable"] = self.build(item.build) if item.build else None
        return Bean(f"hudson.model.Queue${state}Item", fields)

    def computers(self) -> Bean:
        """All nodes; there is only the built-in one."""
        busy = len(self.controller.executions())
        fields: dict[str, object] = {
            "busyExecutors": busy,
            "computer": lambda: [self.computer()],
            "displayName": "Nodes",
            "totalExecutors": len(self.controller.executors),
        }
        return Bean("hudson.model.ComputerSet", fields, inline=frozenset({"computer"}))

    def computer(self) -> Bean:
        """The built-in node with its executors."""
        executors = self.controller.executors
        fields: dict[str, object] = {
            "actions": [],
            "assignedLabels": [_label()],
            "description": "the Jenkins controller's built-in node",
            "displayName": "Built-In Node",
            "executors": lambda: [self._executor(executor) for executor in executors],
            "icon": "symbol-computer",
            "iconClassName": "symbol-computer",
            "idle": not self.controller.executions(),
            "jnlpAgent": False,
            "launchSupported": True,
            "loadStatistics": Bean("hudson.model.Label$1", {}),
            "manualLaunchAllowed": True,
            "monitorData": _EMPTY,
            "numExecutors": len(executors),
            "offline": False,
            "offlineCause": None,
            "offlineCauseReason": "",
            "oneOffExecutors": [],
            "temporarilyOffline": False,
        }
        return Bean("hudson.model.Hudson$MasterComputer", fields)

    def account(self, user: User) -> Bean:
        """A user's record."""
        fields: dict[str, object] = {
            "absoluteUrl": f"{self.root_url}user/{user.id}",
            "description": None,
            "fullName": user.id,
            "id": user.id,
            "property": [],
        }
        return Bean("hudson.model.User", fields)

    def crumb_issuer(self, session_id: str) -> Bean:
        """The crumb of the caller in a session."""
        crumb = self.controller.sessions.crumb(self.user.id, session_id)
        fields: dict[str, object] = {"crumb": crumb, "crumbRequestField": CRUMB_FIELD}
        return Bean("hudson.security.csrf.DefaultCrumbIssuer", fields)

    def who_am_i(self) -> Bean:
        """Who the caller is; Jenkins calls an anonymous caller authenticated, too."""
        user = self.user
        fields = {
            "anonymous": user.is_anonymous,
            "authenticated": True,
            "authorities": ["anonymous" if user.is_anonymous else "authenticated"],
            "name": user.id,
        }
        return Bean("hudson.security.WhoAmI", fields)

    def _folder(self, folder: Folder) -> Bean:
        views = self._views(self.root_url + folder.path)
        fields: dict[str, object] = {
            "actions": [_EMPTY, _EMPTY],
            "description": folder.description,
            "displayName": folder.name,
            "displayNameOrNull": None,
            "fullDisplayName": folder.full_display_name,
            "fullName": folder.full_name,
            "name": folder.name,
            "url": self.root_url + folder.path,
            "healthReport": [],
            "jobs": lambda: self._children(folder),
            "primaryView": views[0],
            "views": views,
        }
        return Bean(FOLDER, fields, {"name": 3, "url": 3})

    def _children(self, folder: Folder) -> list[Bean]:
        children = sorted(folder.children.values(), key=lambda item: item.name.lower())
        may_read = self.user.may(Permission.ITEM_READ)
        return [self.item(child) for child in children] if may_read else []

    def _build_or_none(self, build: Build | None) -> Bean | None:
        return self.build(build) if build else None

    def _permalink(self, job: Job, name: str) -> object:
        return lambda: self._build_or_none(job.permalink(name))

    def _first_item(self, job: Job) -> Bean | None:
        item = self.controller.queue.of_job(job)
        return self.queue_item(item) if item else None

    def _why(self, item: QueueItem) -> str | None:
        controller = self.controller
        return waiting.why(
            item,
            controller.clock.now_ms(),
            language=self.language,
            is_quieting=controller.is_quieting,
        )

    def _executor(self, executor: Executor) -> Bean:
        build = executor.execution.build if executor.execution else None
        progress = self._progress(build) if build else -1
        fields: dict[str, object] = {
            "currentExecutable": self.build(build) if build else None,
            "idle": build is None,
            "likelyStuck": False,
            "number": executor.number,
            "progress": progress,
        }
        return Bean(None, fields)

    def _estimate_ms(self, job: Job) -> int:
        """Looked up once an answer: a thousand executors may run builds of one job."""
        if job not in self._estimates_ms:
            self._estimates_ms[job] = job.estimated_duration_ms()
        return self._estimates_ms[job]

    def _progress(self, build: Build) -> int:
        estimate_ms = self._estimate_ms(build.job)
        elapsed_ms = self.controller.clock.now_ms() - build.timestamp_ms
        return min(99, elapsed_ms * 100 // estimate_ms) if estimate_ms > 0 else -1

    def _views(self, url: str) -> list[Bean]:
        return [Bean("hudson.model.AllView", {"name": "all", "url": url}, default_visibility=2)]


def _label() -> Bean:
    return Bean(None, {"name": waiting.BUILT_IN_LABEL}, default_visibility=2)


def _causes_bean(causes: list[Cause]) -> Bean:
    shown = []
    for cause in causes:
        fields = {name: value for name, value in cause.items() if name != "_class"}
        shown.append(Bean(cause["_class"], fields, default_visibility=3))
    return Bean("hudson.model.CauseAction", {"causes": shown}, default_visibility=2)


def _tests_bean(tests: CaseCounts) -> Bean:
    fields: dict[str, object] = {
        "failCount": tests.failed,
        "skipCount": tests.skipped,
        "totalCount": tests.total,
        "urlName": "testReport",
    }
    return Bean("hudson.tasks.junit.TestResultAction", fields, default_visibility=2)


def _health(job: Job) -> list[Bean]:
    """The share of the last five conclusive builds that did not fail; nothing before the first."""
    ended = filter(PERMALINKS["lastCompletedBuild"], job.newest_first())
    recent = list(islice((b for b in ended if b.result in CONCLUSIVE), 5))
    if not recent:
        return []
    failed = sum(build.result == "FAILURE" for build in recent)
    score = 100 * (len(recent) - failed) // len(recent)
    fields = {
        "description": f"Build stability: {_stability(failed, len(recent))}",
        "iconClassName": f"icon-health-{_icon(score)}",
        "iconUrl": f"health-{_icon(score)}.png",
        "score": score,
    }
    return [Bean(None, fields, default_visibility=2)]


def _stability(failed: int, recent: int) -> str:
    if failed == 0:
        return "No recent builds failed."
    if failed == recent:
        return "All recent builds failed."
    return f"{failed} out of the last {recent} builds failed."


def _icon(score: int) -> str:
    lowest = max(step for step in (0, 20, 40, 60, 80) if step <= score)
    return "80plus" if lowest == 80 else f"{lowest:02d}to{lowest + 19}"
