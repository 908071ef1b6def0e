"""Pages of the Pipeline plugins: stages (wfapi), input, terminate and kill."""

import re

from aiohttp import web

from demo_jenkins import consoles
from demo_jenkins.people import Permission
from demo_jenkins.shown import wfapi
from demo_jenkins.stages import FlowNode, Stage
from demo_jenkins.web.answers import Refusal, as_json, not_found
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import page

RUNS_SHOWN = 10


@page("job", "wfapi")
@page("job", "wfapi/describe")
async def describe_job(call: Call) -> web.Response:
    """A Pipeline job in short."""
    if not call.job.is_pipeline:
        raise not_found()
    return _json(call, wfapi.job(call.view, call.job))


@page("job", "wfapi/runs")
async def list_runs(call: Call) -> web.Response:
    """The newest builds with their stages, down to ``since`` (a name such as ``#12``)."""
    if not call.job.is_pipeline:
        raise not_found()
    since = re.sub(r"\D", "", call.value("since") or "") or "0"
    builds = [build for build in call.job.newest_first() if build.number >= int(since)]
    return _json(call, [wfapi.run(call.view, build) for build in builds[:RUNS_SHOWN]])


@page("build", "wfapi")
@page("build", "wfapi/describe")
async def describe_run(call: Call) -> web.Response:
    """A build with its stages."""
    _check_pipeline(call)
    return _json(call, wfapi.run(call.view, call.build))


@page("build", "execution/node/{}/wfapi/describe")
async def describe_stage(call: Call) -> web.Response:
    """A stage with the steps in it."""
    _check_pipeline(call)
    return _json(call, wfapi.stage_with_nodes(call.view, call.build, _stage(call)))


@page("build", "execution/node/{}/wfapi/log")
async def node_log(call: Call) -> web.Response:
    """The console of one step, as HTML."""
    _check_pipeline(call)
    node = _flow_node(call)
    end = node.log_end if node.end_ms is not None else None
    with consoles.open_log(call.controller.home.log_path(call.build)) as file:
        raw = file.read()[node.log_start : end]
    text = consoles.without_notes(raw).decode("utf-8", "replace")
    return _json(call, wfapi.log(call.view, call.build, node, text))


@page("build", "wfapi/pendingInputActions")
async def pending_inputs(call: Call) -> web.Response:
    """Questions the build waits with."""
    _check_pipeline(call)
    return _json(call, _pending(call))


@page("build", "wfapi/nextPendingInputAction")
async def next_pending_input(call: Call) -> web.Response:
    """The first of them, or null."""
    _check_pipeline(call)
    return _json(call, next(iter(_pending(call)), None))


@page("build", "wfapi/artifacts")
async def artifacts(call: Call) -> web.Response:
    """Files the build keeps."""
    _check_pipeline(call)
    view, build = call.view, call.build
    folder = call.controller.home.archive_path(build)
    return _json(call, [wfapi.artifact(view, build, path, folder) for path in build.artifacts])


@page("build", "wfapi/changesets")
async def change_sets(call: Call) -> web.Response:
    """Changes in the source since the build before."""
    _check_pipeline(call)
    return _json(call, wfapi.change_sets(call.view, call.build))


@page("build", "wfapi/inputSubmit", needs_post=True)
async def submit_input(call: Call) -> web.Response:
    """Answer a question with yes."""
    return _settle(call, call.value("inputId") or "", is_approved=True)


@page("build", "input/{}/submit", needs_post=True)
async def submit_form(call: Call) -> web.Response:
    """Jenkins's own form: yes by its button ``proceed``, else no (InputStepExecution.doSubmit)."""
    _settle(call, call.words[0], is_approved=call.value("proceed") is not None)
    return call.redirect_to(f"{call.build.path}console")


@page("build", "input/{}/proceedEmpty", needs_post=True)
async def proceed(call: Call) -> web.Response:
    """Answer a question with yes."""
    return _settle(call, call.words[0], is_approved=True)


@page("build", "input/{}/abort", needs_post=True)
async def reject(call: Call) -> web.Response:
    """Answer a question with no."""
    return _settle(call, call.words[0], is_approved=False)


@page("build", "term", needs_post=True, permission=Permission.CANCEL)
@page("build", "kill", needs_post=True, permission=Permission.CANCEL)
async def terminate(call: Call) -> web.Response:
    """End a build that does not stop by itself."""
    _check_pipeline(call)
    execution = call.controller.nodes.execution_of(call.build)
    if execution:
        execution.abort(call.user.id)
        execution.kill()
    return call.redirect_back(call.build.path)


def _json(call: Call, data: object) -> web.Response:
    return as_json(call.request, call.controller, data)


def _check_pipeline(call: Call) -> None:
    if not call.build.job.is_pipeline:
        raise not_found()


def _stage(call: Call) -> Stage:
    found = [stage for stage in call.build.stages if stage.id == call.words[0]]
    if not found:
        raise not_found()
    return found[0]


def _flow_node(call: Call) -> FlowNode:
    nodes = [node for stage in call.build.stages for node in stage.nodes]
    found = [node for node in nodes if node.id == call.words[0]]
    if not found:
        raise not_found()
    return found[0]


def _pending(call: Call) -> list[dict[str, object]]:
    """Questions the build waits with."""
    waiting = [each for each in call.build.inputs if call.build.is_building and not each.is_settled]
    return [wfapi.pending(call.view, call.build, each) for each in waiting]


def _settle(call: Call, input_id: str, *, is_approved: bool) -> web.Response:
    """Proceeding needs the right to build, aborting the right to cancel."""
    _check_pipeline(call)
    call.require(Permission.BUILD if is_approved else Permission.CANCEL)
    known = [each for each in call.build.inputs if each.id == input_id]
    if not known:
        raise not_found()
    if known[0].is_settled:
        raise Refusal(400, "This input has been already given", in_container=True)
    known[0].settle(call.user.id, is_approved=is_approved)
    return call.redirect_back(call.build.path)
