"""Folders, jobs and queue items."""

from collections.abc import Callable
from itertools import islice

from demo_jenkins import waiting
from demo_jenkins.exporting import ANYWHERE, Bean
from demo_jenkins.items import PERMALINKS, Folder, Item, Job
from demo_jenkins.parameters import definitions_bean, parameters_text, values_bean
from demo_jenkins.queueing import QueueItem
from demo_jenkins.shown.builds import WORKFLOW, build_bean, build_or_none, causes_bean
from demo_jenkins.shown.view import EMPTY, View

BUILDS_SHOWN = 100
CONCLUSIVE = ("SUCCESS", "UNSTABLE", "FAILURE")
PART = f"{WORKFLOW}.support.steps.ExecutorStepExecution$PlaceholderTask"


def item_bean(view: View, item: Item) -> Bean:
    """A folder or job."""
    return job_bean(view, item) if isinstance(item, Job) else folder_bean(view, item)


def children(view: View, folder: Folder) -> list[Bean]:
    """What is in a folder, by name."""
    items = sorted(folder.children.values(), key=lambda item: item.name.lower())
    return [item_bean(view, item) for item in items if view.may_read(item)]


def all_view_bean(view: View, folder: Folder) -> Bean:
    """The view of everything in a folder, on a page of its own."""
    fields: dict[str, object] = {
        "description": None,
        "jobs": lambda: children(view, folder),
        "name": "all",
        "property": [],
        "url": view.root_url + folder.path,
    }
    return Bean("hudson.model.AllView", fields)


def views(url: str) -> list[Bean]:
    """The views of a folder or of the controller: just the one of everything."""
    return [Bean("hudson.model.AllView", {"name": "all", "url": url}, default_visibility=2)]


def folder_bean(view: View, folder: Folder) -> Bean:
    """A folder with what is in it."""
    all_views = views(view.root_url + folder.path)
    fields: dict[str, object] = {
        "actions": [EMPTY, EMPTY],
        **_names(view, folder, folder.xml.findtext("description") or None),
        "healthReport": [],
        "jobs": lambda: children(view, folder),
        "primaryView": all_views[0],
        "views": all_views,
    }
    if folder.is_computed:
        fields |= {"buildable": folder.is_buildable, "disabled": folder.is_disabled}
    return Bean(folder.xml.tag, fields, {"name": 3, "url": 3})


def job_bean(view: View, job: Job) -> Bean:
    """A freestyle or Pipeline job."""
    config, queue = job.config, view.controller.queue
    definitions = [definitions_bean(job.parameters)] if config.parameters else []
    fields: dict[str, object] = {
        "actions": [*definitions, EMPTY, EMPTY, EMPTY],
        **_names(view, job, config.description),
        "allBuilds": lambda: [build_bean(view, build) for build in job.newest_first()],
        "buildable": job.is_buildable,
        "builds": lambda: [build_bean(view, b) for b in islice(job.newest_first(), BUILDS_SHOWN)],
        "color": job.colour,
        "firstBuild": lambda: build_or_none(view, job.builds.get(min(job.builds, default=0))),
        "healthReport": lambda: _health(job),
        "inQueue": lambda: queue.of_job(job) is not None,
        "keepDependencies": False,
        **{name: _permalink(view, job, name) for name in PERMALINKS},
        "nextBuildNumber": job.next_number,
        "property": definitions,
        "queueItem": lambda: _first_item(view, job),
        "concurrentBuild": config.is_concurrent,
        "disabled": config.is_disabled,
    }
    if job.is_pipeline:
        fields["resumeBlocked"] = False
    else:
        fields |= {
            "downstreamProjects": [],
            "labelExpression": config.label,
            "scm": Bean("hudson.scm.NullSCM", {}),
            "upstreamProjects": [],
        }
    visibility = {"name": 3, "url": 3, "color": 2, "allBuilds": -2}
    return Bean(_class_name(job), fields, visibility, inline=frozenset({"property"}))


def queue_bean(view: View) -> Bean:
    """The whole queue: waiting items, then blocked ones, then buildable ones, newest first."""
    known = list(view.controller.queue.items.values())
    items = [item for item in known if view.may_read(item.job)]
    quiet = sorted((i for i in items if i.state == "Waiting"), key=lambda i: i.due_ms)
    blocked = [item for item in items if item.state == "Blocked"]
    buildable = [item for item in reversed(items) if item.state == "Buildable"]
    shown = [queue_item_bean(view, item) for item in [*quiet, *blocked, *buildable]]
    stubs = [_stub(item) for item in known if view.may_only_discover(item.job)]
    fields: dict[str, object] = {"discoverableItems": stubs, "items": shown}
    return Bean("hudson.model.Queue", fields, inline=frozenset({"items"}))


def _stub(item: QueueItem) -> Bean:
    """What somebody sees of an item whose job he may only discover."""
    task = Bean(None, {"name": item.job.name}, default_visibility=ANYWHERE)
    return Bean(None, {"task": task}, default_visibility=ANYWHERE)


def queue_item_bean(view: View, item: QueueItem) -> Bean:
    """One queue item in its present state."""
    state = item.state
    actions = [values_bean(item.parameters)] if item.parameters else []
    if item.causes:
        actions.append(causes_bean(item.causes))
    fields: dict[str, object] = {
        "actions": actions,
        "blocked": state == "Blocked",
        "buildable": state == "Buildable",
        "id": item.id,
        "inQueueSince": item.since_ms,
        "params": parameters_text(item.parameters),
        "stuck": lambda: _is_stuck(view, item),
        "task": lambda: _task(view, item),
        "url": f"queue/item/{item.id}/",
        "why": lambda: _why(view, item),
    }
    if state == "Waiting":
        fields["timestamp"] = item.due_ms
    if state in ("Blocked", "Buildable"):
        fields["buildableStartMilliseconds"] = item.buildable_since_ms
    if state == "Buildable":
        fields["pending"] = item.is_pending
    if state == "Left":
        fields["cancelled"] = item.is_cancelled
        fields["executable"] = build_or_none(view, item.build)
    return Bean(f"hudson.model.Queue${state}Item", fields)


def _class_name(job: Job) -> str:
    if job.is_pipeline:
        return f"{WORKFLOW}.job.WorkflowJob"
    return "hudson.matrix.MatrixProject" if job.is_matrix else "hudson.model.FreeStyleProject"


def _names(view: View, item: Item, description: str | None) -> dict[str, object]:
    return {
        "description": description,
        "displayName": item.name,
        "displayNameOrNull": None,
        "fullDisplayName": item.full_display_name,
        "fullName": item.full_name,
        "name": item.name,
        "url": view.root_url + item.path,
    }


def _task(view: View, item: QueueItem) -> Bean:
    """The job; for a node step, what it is part of, with a URL below the root."""
    if item.part_of is None:
        return job_bean(view, item.job)
    fields: dict[str, object] = {
        "name": f"part of {item.part_of.full_display_name}",
        "url": item.part_of.path,
    }
    return Bean(PART, fields, default_visibility=3)


def _permalink(view: View, job: Job, name: str) -> Callable[[], Bean | None]:
    return lambda: build_or_none(view, job.permalink(name))


def _first_item(view: View, job: Job) -> Bean | None:
    item = view.controller.queue.of_job(job)
    return queue_item_bean(view, item) if item else None


def _is_stuck(view: View, item: QueueItem) -> bool:
    nodes = view.controller.nodes.with_label(item.label)
    has_node = any(not node.is_offline for node in nodes)
    return view.controller.queue.is_stuck(item, has_node=has_node)


def _why(view: View, item: QueueItem) -> str | None:
    controller = view.controller
    return waiting.why(
        item,
        controller.clock.now_ms(),
        nodes=controller.nodes,
        language=view.language,
        is_quieting=controller.dispatcher.is_quieting,
    )


def _health(job: Job) -> list[Bean]:
    """The share of the last five conclusive builds that did not fail; nothing before the first."""
    ended = filter(PERMALINKS["lastCompletedBuild"], job.newest_first())
    recent = list(islice((build for build in ended if build.result in CONCLUSIVE), 5))
    if not recent:
        return []
    failed = sum(build.result == "FAILURE" for build in recent)
    score = 100 * (len(recent) - failed) // len(recent)
    fields: dict[str, object] = {
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
