"""The controller itself, its nodes and executors, its users."""

from demo_jenkins.exporting import Bean
from demo_jenkins.items import Build
from demo_jenkins.nodes import Executor, Node
from demo_jenkins.people import User
from demo_jenkins.sessions import CRUMB_FIELD
from demo_jenkins.shown.builds import build_bean
from demo_jenkins.shown.items import PART, children, job_bean, views
from demo_jenkins.shown.view import EMPTY, View

BUILT_IN_DESCRIPTION = "the Jenkins controller's built-in node"


def root_bean(view: View) -> Bean:
    """The controller with its jobs."""
    controller = view.controller
    all_views = views(view.root_url)
    fields: dict[str, object] = {
        "assignedLabels": _labels(controller.nodes.all[0]),
        "mode": "NORMAL",
        "nodeDescription": BUILT_IN_DESCRIPTION,
        "nodeName": "",
        "numExecutors": len(controller.nodes.all[0].executors),
        "description": None,
        "jobs": lambda: children(view, controller.root),
        "overallLoad": overall_load_bean(view),
        "primaryView": all_views[0],
        "quietDownReason": controller.quieting_reason,
        "quietingDown": controller.dispatcher.is_quieting,
        "slaveAgentPort": -1,
        "unlabeledLoad": Bean("jenkins.model.UnlabeledLoadStatistics", {}),
        "url": view.root_url,
        "useCrumbs": controller.options.has_crumbs,
        "useSecurity": controller.options.has_security,
        "views": all_views,
    }
    return Bean("hudson.model.Hudson", fields)


def computers_bean(view: View) -> Bean:
    """All nodes with what runs on them."""
    nodes = view.controller.nodes.all
    executors = [executor for node in nodes for executor in node.executors]
    fields: dict[str, object] = {
        "busyExecutors": sum(executor.execution is not None for executor in executors),
        "computer": lambda: [computer_bean(view, node) for node in nodes],
        "displayName": "Nodes",
        "totalExecutors": len(executors),
    }
    return Bean("hudson.model.ComputerSet", fields, inline=frozenset({"computer"}))


def computer_bean(view: View, node: Node) -> Bean:
    """One node with its executors."""
    is_built_in = not node.name
    cause = Bean("hudson.slaves.OfflineCause$UserCause", {"description": node.offline_reason})
    fields: dict[str, object] = {
        "actions": [],
        "assignedLabels": _labels(node),
        "description": BUILT_IN_DESCRIPTION if is_built_in else node.description,
        "displayName": node.display_name,
        "executors": lambda: [_executor_bean(view, executor) for executor in node.executors],
        "icon": "symbol-computer",
        "iconClassName": "symbol-computer",
        "idle": all(executor.execution is None for executor in node.executors),
        "jnlpAgent": False,
        "launchSupported": True,
        "loadStatistics": Bean("hudson.model.Label$1", {}),
        "manualLaunchAllowed": True,
        "monitorData": EMPTY,
        "numExecutors": len(node.executors),
        "offline": node.is_offline,
        "offlineCause": cause if node.is_offline else None,
        "offlineCauseReason": node.offline_reason,
        "oneOffExecutors": lambda: [_executor_bean(view, executor) for executor in node.one_off],
        "temporarilyOffline": node.is_offline,
    }
    class_name = (
        "hudson.model.Hudson$MasterComputer" if is_built_in else "hudson.slaves.SlaveComputer"
    )
    return Bean(class_name, fields)


def label_bean(view: View, name: str) -> Bean:
    """A label: which nodes have it and how busy they are; also one that nobody has."""
    nodes = view.controller.nodes.with_label(name)
    executors = [executor for node in nodes for executor in node.executors]
    busy = sum(executor.execution is not None for executor in executors)
    jobs = [job for job in view.controller.root.jobs() if job.config.label == name]
    fields: dict[str, object] = {
        "busyExecutors": busy,
        "clouds": [],
        "description": None,
        "idleExecutors": len(executors) - busy,
        "loadStatistics": Bean("hudson.model.Label$1", {}),
        "name": name,
        "nodes": [_node_bean(node) for node in nodes],
        "offline": all(node.is_offline for node in nodes),
        "tiedJobs": [job_bean(view, job) for job in jobs if view.may_read(job)],
        "totalExecutors": len(executors),
    }
    return Bean("hudson.model.labels.LabelAtom", fields)


def overall_load_bean(view: View, class_name: str | None = None) -> Bean:
    """How busy the whole controller is: at this moment, as nobody here keeps the past."""
    nodes = [node for node in view.controller.nodes.all if not node.is_offline]
    defined = sum(len(node.executors) for node in view.controller.nodes.all)
    online = sum(len(node.executors) for node in nodes)
    busy = sum(executor.execution is not None for node in nodes for executor in node.executors)
    waiting = sum(item.state == "Buildable" for item in view.controller.queue.items.values())
    levels = {
        "availableExecutors": online - busy,
        "busyExecutors": busy,
        "connectingExecutors": 0,
        "definedExecutors": defined,
        "idleExecutors": online - busy,
        "onlineExecutors": online,
        "queueLength": waiting,
        "totalExecutors": online,
    }
    return Bean(class_name, {name: _series(float(level)) for name, level in levels.items()})


def _series(level: float) -> Bean:
    times = {"history": [level], "latest": level}
    return Bean(None, {unit: Bean(None, times) for unit in ("hour", "min", "sec10")})


def user_bean(view: View, user: User) -> Bean:
    """A user's record."""
    fields: dict[str, object] = {
        "absoluteUrl": f"{view.root_url}user/{user.id}",
        "description": None,
        "fullName": user.id,
        "id": user.id,
        "property": [],
    }
    return Bean("hudson.model.User", fields)


def who_am_i_bean(view: View) -> Bean:
    """Who the caller is; Jenkins calls an anonymous caller authenticated, too."""
    user = view.user
    fields: dict[str, object] = {
        "anonymous": user.is_anonymous,
        "authenticated": True,
        "authorities": ["anonymous" if user.is_anonymous else "authenticated"],
        "name": user.id,
    }
    return Bean("hudson.security.WhoAmI", fields)


def crumb_issuer_bean(view: View, session_id: str) -> Bean:
    """The crumb of the caller in a session."""
    crumb = view.controller.sessions.crumb(view.user.id, session_id)
    fields: dict[str, object] = {"crumb": crumb, "crumbRequestField": CRUMB_FIELD}
    return Bean("hudson.security.csrf.DefaultCrumbIssuer", fields)


def _node_bean(node: Node) -> Bean:
    class_name = "hudson.slaves.DumbSlave" if node.name else "hudson.model.Hudson"
    return Bean(class_name, {"nodeName": node.name}, default_visibility=2)


def _labels(node: Node) -> list[Bean]:
    names = sorted(node.labels | {node.label_name})
    return [Bean(None, {"name": name}, default_visibility=2) for name in names]


def _executor_bean(view: View, executor: Executor) -> Bean:
    running = executor.execution
    # Who may not read a job sees no more than that the executor is busy (hudson.model.Executor)
    build = running.build if running and view.may_read(running.build.job) else None
    is_part = executor.item is not None and executor.item.part_of is not None
    fields: dict[str, object] = {
        "currentExecutable": _executable(view, build, is_part=is_part) if build else None,
        "idle": running is None,
        "likelyStuck": False,
        "number": executor.number,
        "progress": _progress(view, build) if build else -1,
    }
    return Bean(None, fields)


def _executable(view: View, build: Build, *, is_part: bool) -> Bean:
    """The build; where only a node step of it runs, far less of it."""
    if not is_part:
        return build_bean(view, build)
    fields: dict[str, object] = {
        "displayName": f"part of {build.full_display_name}",
        "estimatedDuration": view.estimate_ms(build.job),
        "fullDisplayName": f"part of {build.full_display_name}",
        "number": build.number,
        "timestamp": build.timestamp_ms,
        "url": view.root_url + build.path,
    }
    return Bean(f"{PART}$PlaceholderExecutable", fields, {"number": 2, "url": 2})


def _progress(view: View, build: Build) -> int:
    """Percent of the estimate, -1 without one."""
    estimate_ms = view.estimate_ms(build.job)
    elapsed_ms = view.controller.clock.now_ms() - build.timestamp_ms
    return min(99, elapsed_ms * 100 // estimate_ms) if estimate_ms > 0 else -1
