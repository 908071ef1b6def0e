"""What the Pipeline REST API (wfapi) shows: plain JSON that knows no ``tree=``."""

import html
from pathlib import Path

from demo_jenkins.items import Build, Change, Job
from demo_jenkins.shown.view import View
from demo_jenkins.stages import FlowNode, PendingInput, Stage

STATUSES = {"FAILURE": "FAILED", "NOT_BUILT": "NOT_EXECUTED"}
NODES_SHOWN = 100


def job(view: View, shown: Job) -> dict[str, object]:
    """A job in short."""
    return {
        "_links": {
            "self": _link(view, f"{shown.path}wfapi/describe"),
            "runs": _link(view, f"{shown.path}wfapi/runs"),
        },
        "name": shown.name,
        "runCount": len(shown.builds),
    }


def run(view: View, build: Build) -> dict[str, object]:
    """A build with its stages; times in milliseconds."""
    is_paused = build.is_building and any(not each.is_settled for each in build.inputs)
    end_ms = build.timestamp_ms + build.duration_ms
    if build.is_building:
        end_ms = view.controller.clock.now_ms()
    running = "PAUSED_PENDING_INPUT" if is_paused else "IN_PROGRESS"
    return {
        "_links": _links(view, build, is_paused=is_paused),
        "id": str(build.number),
        "name": build.display_name,
        "status": running if build.is_building else _status(build.result),
        "startTimeMillis": build.timestamp_ms,
        "endTimeMillis": end_ms,
        "durationMillis": end_ms - build.timestamp_ms,
        "queueDurationMillis": 0,
        "pauseDurationMillis": sum(each.pause_ms for each in build.stages),
        "stages": [stage(view, build, each) for each in build.stages],
    }


def stage(view: View, build: Build, shown: Stage) -> dict[str, object]:
    """A stage."""
    path = f"{build.path}execution/node/{shown.id}/wfapi/describe"
    data: dict[str, object] = {
        "_links": {"self": _link(view, path)},
        "id": shown.id,
        "name": shown.name,
        "execNode": "",
        "status": _running_status(build, shown.end_ms, shown.result),
    }
    if shown.error:
        data["error"] = {"message": shown.error, "type": "hudson.AbortException"}
    return data | {
        "startTimeMillis": shown.start_ms,
        "durationMillis": (shown.end_ms or view.controller.clock.now_ms()) - shown.start_ms,
        "pauseDurationMillis": shown.pause_ms,
    }


def stage_with_nodes(view: View, build: Build, shown: Stage) -> dict[str, object]:
    """A stage with the steps in it."""
    parents = [shown.id, *(node.id for node in shown.nodes)]
    nodes = [
        {
            "_links": {
                "self": _link(view, f"{build.path}execution/node/{node.id}/wfapi/describe"),
                "log": _link(view, f"{build.path}execution/node/{node.id}/wfapi/log"),
            },
            "id": node.id,
            "name": node.name,
            "execNode": "",
            "status": _running_status(build, node.end_ms, node.result),
            "parameterDescription": node.parameters,
            "startTimeMillis": node.start_ms,
            "durationMillis": (node.end_ms or view.controller.clock.now_ms()) - node.start_ms,
            "pauseDurationMillis": 0,
            "parentNodes": [parent],
        }
        for node, parent in zip(shown.nodes[:NODES_SHOWN], parents, strict=False)
    ]
    return stage(view, build, shown) | {"stageFlowNodes": nodes}


def log(view: View, build: Build, node: FlowNode, text: str) -> dict[str, object]:
    """The console of a step, as HTML."""
    return {
        "nodeId": node.id,
        "nodeStatus": _running_status(build, node.end_ms, node.result),
        "length": len(text),
        "hasMore": node.end_ms is None,
        "text": html.escape(text),
        "consoleUrl": _path(view, f"{build.path}execution/node/{node.id}/log"),
    }


def pending(view: View, build: Build, shown: PendingInput) -> dict[str, object]:
    """A question and where to answer it."""
    return {
        "id": shown.id,
        "proceedText": shown.ok,
        "message": shown.message,
        "inputs": [],
        "proceedUrl": _path(view, f"{build.path}wfapi/inputSubmit?inputId={shown.id}"),
        "abortUrl": _path(view, f"{build.path}input/{shown.id}/abort"),
        "redirectApprovalUrl": _path(view, f"{build.path}input/"),
    }


def artifact(view: View, build: Build, path: str, folder: Path) -> dict[str, object]:
    """A file the build keeps."""
    return {
        "id": f"n{build.artifacts.index(path) + 1}",
        "name": Path(path).name,
        "path": path,
        "url": _path(view, f"{build.path}artifact/{path}"),
        "size": (folder / path).stat().st_size,
    }


def change_sets(view: View, build: Build) -> list[dict[str, object]]:
    """What changed in the source, by the kind of SCM; here all of it is git's."""
    url = _path(view, f"{build.path}changes")
    commits = [
        {
            "commitId": change.get("commitId"),
            "message": change.get("msg"),
            "authorJenkinsId": _author(change),
            "timestamp": change.get("timestamp"),
            "consoleUrl": f"{url}#{change.get('commitId')}",
        }
        for change in build.changes
    ]
    found = {"kind": "git", "commitCount": len(commits), "commits": commits, "consoleUrl": url}
    return [found] if commits else []


def _author(change: Change) -> object:
    author = change.get("author")
    return author.get("fullName") if isinstance(author, dict) else None


def _links(view: View, build: Build, *, is_paused: bool) -> dict[str, dict[str, str]]:
    """Where a run leads to; clients see here whether it waits for input (RunExt.RunLinks)."""
    pages = ["pendingInputActions", "nextPendingInputAction"] if is_paused else []
    pages += ["artifacts"] if build.artifacts else []
    pages += ["changesets"] if build.changes else []
    links = {page: _link(view, f"{build.path}wfapi/{page}") for page in pages}
    return {"self": _link(view, f"{build.path}wfapi/describe"), **links}


def _link(view: View, path: str) -> dict[str, str]:
    return {"href": _path(view, path)}


def _path(view: View, path: str) -> str:
    """A path with the context path before it, as a browser needs it."""
    return f"{view.controller.options.prefix}/{path}"


def _status(result: str | None) -> str:
    return STATUSES.get(result or "", result or "NOT_EXECUTED")


def _running_status(build: Build, end_ms: int | None, result: str | None) -> str:
    if end_ms is not None:
        return _status(result)
    is_paused = any(not each.is_settled for each in build.inputs)
    return "PAUSED_PENDING_INPUT" if is_paused else "IN_PROGRESS"
