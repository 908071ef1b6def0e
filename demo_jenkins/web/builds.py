"""Pages of builds: facts, console, test report, stop, keep, describe, delete."""

import html
import json
import shutil
from datetime import datetime
from pathlib import Path

from aiohttp import web

from demo_jenkins import consoles
from demo_jenkins.dates import SHORT, format_date
from demo_jenkins.exporting import Bean
from demo_jenkins.people import Permission
from demo_jenkins.shown.builds import build_bean
from demo_jenkins.shown.reports import aggregated_bean, report_bean
from demo_jenkins.web import answers
from demo_jenkins.web.answers import Refusal, failure
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import api, page

ANNOTATOR = "c3RhdGU="  # opaque to clients, who send it back


@api("build", "")
def build(call: Call) -> Bean:
    """A build's facts."""
    return build_bean(call.view, call.build)


@page("build", "")
@page("build", "console")
@page("build", "consoleFull")
async def build_page(call: Call) -> web.Response:
    """A page for people."""
    name = call.build.full_display_name
    return answers.page(call.controller, name, title=f"{name} - Jenkins")


@page("build", "buildNumber")
async def build_number(call: Call) -> web.StreamResponse:
    """The number as text; tells which build a permalink means."""
    text = str(call.build.number).encode()
    return await answers.plain(call.request, [text], len(text), {})


@page("build", "buildTimestamp")
async def build_timestamp(call: Call) -> web.StreamResponse:
    """When it started, in the controller's time zone, by ``format`` (Run.doBuildTimestamp)."""
    started = datetime.fromtimestamp(call.build.timestamp_ms / 1000).astimezone()
    pattern = call.value("format")
    text = format_date(started, SHORT if pattern is None else pattern).encode("ascii", "replace")
    return await answers.plain(call.request, [text], len(text), {})


@page("build", "logText/progressiveText")
async def progressive_text(call: Call) -> web.StreamResponse:
    """The console from a byte offset on; X-Text-Size is the offset to ask for next."""
    log, part = _progress(call)
    text = consoles.progressive_text(log, part)
    return await answers.plain(call.request, text, part.end - part.start, _headers(part))


@page("build", "logText/progressiveHtml")
async def progressive_html(call: Call) -> web.StreamResponse:
    """The same for a page: escaped, without notes, with a state to be sent back."""
    log, part = _progress(call)
    text = consoles.without_notes(b"".join(consoles.progressive_text(log, part)))
    shown = html.escape(text.decode()).encode()
    headers = {**_headers(part), "X-ConsoleAnnotator": ANNOTATOR}
    headers["Content-Type"] = "text/html;charset=utf-8"
    return web.Response(body=shown, headers=headers)


@page("build", "consoleText")
async def console_text(call: Call) -> web.StreamResponse:
    """The whole console as text."""
    log = call.controller.home.log_path(call.build)
    return await answers.plain(call.request, consoles.plain_text(log), consoles.size_of(log), {})


@page("build", "testReport/api/json")
@page("build", "testReport/api/xml")
@page("build", "testReport/api/python")
async def test_report(call: Call) -> web.Response:
    """The test report; 404 where the build recorded none."""
    path = call.controller.home.report_path(call.build)
    if not path.exists():
        headers = {"Content-Type": "text/html;charset=utf-8"}
        return web.Response(status=404, text="<html><body>Not found <!--", headers=headers)
    parts = json.loads(path.read_bytes())
    if call.build.job.is_matrix:
        return call.exported(aggregated_bean(parts, call.build.number, job_url(call)))
    return call.exported(report_bean(parts[""]))


@page("build", "stop", needs_post=True, permission=Permission.CANCEL)
async def stop(call: Call) -> web.Response:
    """Ask a build to end; no effect on one that has."""
    execution = call.controller.nodes.execution_of(call.build)
    if execution:
        execution.abort(call.user.id)
    return call.redirect_back(call.build.path)


@page("build", "toggleLogKeep", needs_post=True)
async def toggle_log_keep(call: Call) -> web.Response:
    """Keep a build for ever, or no longer."""
    call.require(Permission.RUN_DELETE if call.build.is_kept else Permission.RUN_UPDATE)
    call.build.is_kept = not call.build.is_kept
    _save(call)
    return call.redirect_back(call.build.path)


@page("build", "submitDescription", needs_post=True, permission=Permission.RUN_UPDATE)
async def submit_description(call: Call) -> web.Response:
    """Describe a build."""
    call.build.description = call.value("description") or None
    _save(call)
    return call.redirect_back(call.build.path)


@page("build", "configSubmit", needs_post=True, permission=Permission.RUN_UPDATE)
async def configure(call: Call) -> web.Response:
    """Name and describe a build by the ``json`` of Jenkins's form (Run.doConfigSubmit)."""
    submitted = call.value("json")
    if submitted is None:
        raise Refusal(400, "This page expects a form submission", in_container=True)
    described = json.loads(submitted)
    call.build.own_name = described["displayName"].strip() or None
    call.build.description = described["description"] or None
    _save(call)
    return call.redirect_to(call.build.path)


@page("build", "doDelete", needs_post=True, permission=Permission.RUN_DELETE)
async def delete(call: Call) -> web.Response:
    """Delete a build that nobody wants kept."""
    build = call.build
    if build.is_kept or build.is_building:
        kept = "This record is explicitly marked to be kept."
        why = kept if build.is_kept else "The build is still running."
        text = f"Unable to delete {build.full_display_name}: {why}"
        raise failure(text)
    del build.job.builds[build.number]
    shutil.rmtree(call.controller.home.build_path(build))
    return call.redirect_to(build.job.path)


def job_url(call: Call) -> str:
    """The address of the build's job."""
    return call.view.root_url + call.build.job.path


def _progress(call: Call) -> tuple[Path, consoles.Progress]:
    """The log and the part of it that is asked for."""
    start = int(call.value("start") or ("" if "start" in call.form else 0))
    if start < 0:
        raise ValueError("negative start")
    log = call.controller.home.log_path(call.build)
    return log, consoles.progress(log, start, is_building=call.build.is_building)


def _headers(part: consoles.Progress) -> dict[str, str]:
    """Where to go on; X-More-Data only while there is more to come."""
    headers = {"X-Text-Size": str(part.end)}
    return {**headers, "X-More-Data": "true"} if part.has_more else headers


def _save(call: Call) -> None:
    if not call.build.is_building:  # else it is saved when it ends
        call.controller.home.save_build(call.build)
