"""Pages of folders and jobs: launching, switching, configuring, creating, deleting."""

import hmac
import json
import re

from aiohttp import web

from demo_jenkins.configuring import FOLDER_TAG, parse_xml, to_xml
from demo_jenkins.exporting import Bean
from demo_jenkins.items import Cause, Job, is_good_name
from demo_jenkins.parameters import BadParameter, values_from
from demo_jenkins.people import Permission
from demo_jenkins.queueing import QueueItem
from demo_jenkins.web import answers
from demo_jenkins.web.answers import Refusal
from demo_jenkins.web.calls import Call, Form, api, forbidden, page

XML_TYPES = ("application/xml", "text/xml")


@api("folder", "")
def folder(call: Call) -> Bean:
    """A folder with what is in it."""
    return call.show.item(call.folder)


@api("job", "")
def job(call: Call) -> Bean:
    """A job with its parameters and builds."""
    return call.show.job(call.job)


@page("folder", "")
@page("job", "")
async def item_page(call: Call) -> web.Response:
    """A page for people; DELETE removes the item (204)."""
    if call.request.method == "DELETE":
        call.require(Permission.DELETE)
        await call.controller.delete(call.item)
        return answers.empty(204)
    return answers.page(call.controller, call.item.full_display_name, title=call.item.name)


@page("job", "build")
async def build(call: Call) -> web.Response:
    """Launch a job without parameters, or one with them by the ``json`` form field."""
    _check_buildable(call.job)
    _check_may_build(call)
    if not call.job.config.parameters:
        item, _ = _schedule(call, {})
        return _created(call, item)  # also when an item that waits already took it in
    submitted = call.value("json")
    if submitted is None:
        reason = "This page expects a form submission" if call.form else "Nothing is submitted"
        raise Refusal(400, reason, in_container=True)
    item, is_new = _schedule(call, _form_of_json(call.job, submitted))
    return _created(call, item) if is_new else call.redirect_to(call.job.path)


@page("job", "buildWithParameters")
async def build_with_parameters(call: Call) -> web.Response:
    """Launch a job with parameters: 201, or 303 when an equal request waits already."""
    _check_may_build(call)
    _check_buildable(call.job)
    if not call.job.config.parameters:
        raise Refusal(400, f"{call.job.full_name} is not parameterized", in_container=True)
    item, is_new = _schedule(call, call.form)
    return _created(call, item, 201 if is_new else 303)


@page("job", "disable", needs_post=True, permission=Permission.CONFIGURE)
async def disable(call: Call) -> web.Response:
    """Switch a job off."""
    call.controller.switch(call.job, is_disabled=True)
    return call.redirect_back(call.job.path)


@page("job", "enable", needs_post=True, permission=Permission.CONFIGURE)
async def enable(call: Call) -> web.Response:
    """Switch a job on."""
    call.controller.switch(call.job, is_disabled=False)
    return call.redirect_back(call.job.path)


@page("folder", "disable", needs_post=True, permission=Permission.CONFIGURE)
@page("folder", "enable", needs_post=True, permission=Permission.CONFIGURE)
async def switch_folder(call: Call) -> web.Response:
    """A plain folder cannot be switched; Jenkins answers as if it could."""
    return call.redirect_back(call.folder.path)


@page("job", "config.xml")
async def config_xml(call: Call) -> web.Response:
    """Read a job's configuration, or replace it by POST."""
    if call.request.method == "POST":
        call.require(Permission.CONFIGURE)
        call.controller.configure(call.job, parse_xml(await call.request.read()))
        return answers.empty(200)
    call.require(Permission.EXTENDED_READ)
    return web.Response(body=to_xml(call.job.xml), content_type="application/xml")


@page("job", "cancelQueue", needs_post=True, permission=Permission.CANCEL)
async def cancel_queue(call: Call) -> web.Response:
    """Cancel the job's first waiting item."""
    item = call.controller.queue.of_job(call.job)
    if item:
        call.controller.queue.cancel(item)
    return call.redirect_back(call.job.path)


@page("folder", "doDelete", needs_post=True, permission=Permission.DELETE)
@page("job", "doDelete", needs_post=True, permission=Permission.DELETE)
async def delete(call: Call) -> web.Response:
    """Delete an item."""
    parent = call.item.parent
    await call.controller.delete(call.item)
    return call.redirect_to(parent.path if parent else "")


@page("root", "createItem", needs_post=True, permission=Permission.CREATE)
@page("folder", "createItem", needs_post=True, permission=Permission.CREATE)
async def create_item(call: Call) -> web.Response:
    """Make an item from configuration XML (200), or an empty folder by its mode (302)."""
    name = (call.value("name") or "").strip()
    if not is_good_name(name):
        raise _failure(f"\u2018{name}\u2019 is an unsafe name" if name else "No name is specified")
    if name in call.folder.children:
        raise _failure(f"A job already exists with the name \u2018{name}\u2019")
    if call.value("mode") == FOLDER_TAG:
        item = call.controller.add_item(call.folder, name, parse_xml(f"<{FOLDER_TAG}/>".encode()))
        return call.redirect_to(f"{item.path}configure")
    if call.request.content_type not in XML_TYPES:
        raise _failure("No mode given")
    call.controller.add_item(call.folder, name, parse_xml(await call.request.read()))
    return answers.empty(200)


def _failure(message: str) -> Refusal:
    header = re.sub(r"[^\x20-\x7e]", "?", message)
    return Refusal(400, f"Error {message}", headers={"X-Error": header})


def _check_buildable(job: Job) -> None:
    if job.config.is_disabled:
        raise Refusal(409, f"{job.full_name} is not buildable", in_container=True)


def _has_trigger_token(call: Call) -> bool:
    """Whether the job's own trigger token was sent; a wrong one is refused."""
    expected, sent = call.job.config.trigger_token, call.value("token")
    if expected is None or sent is None:
        return False
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        raise Refusal(403, "Invalid token provided.")
    return True


def _check_may_build(call: Call) -> None:
    """The trigger token stands for both the permission and the POST."""
    if _has_trigger_token(call):
        return
    if call.request.method != "POST":
        text = "Method Not Allowed This URL requires POST"
        raise Refusal(405, text, headers={"Allow": "POST"})
    if not call.user.may(Permission.BUILD):
        raise forbidden(call.user, Permission.BUILD)


def _cause(call: Call) -> Cause:
    if not _has_trigger_token(call):
        text = f"Started by user {call.user.id}"
        named = {"userId": call.user.id, "userName": call.user.id}
        return {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": text, **named}
    address, note = call.request.remote or "", call.value("cause")
    text = f"Started by remote host {address}" + (f" with note: {note}" if note else "")
    cause = {"_class": "hudson.model.Cause$RemoteCause", "shortDescription": text}
    return {**cause, "addr": address, "note": note or ""}


def _schedule(call: Call, form: Form) -> tuple[QueueItem, bool]:
    values = values_from(call.job.config.parameters, form)
    return call.controller.schedule(call.job, values, _cause(call), _delay_s(call.value("delay")))


def _created(call: Call, item: QueueItem, status: int = 201) -> web.Response:
    return answers.empty(status, {"Location": f"{call.requested_url}queue/item/{item.id}/"})


def _delay_s(text: str | None) -> int | None:
    """``5sec`` is five seconds; a bare number is milliseconds (Jenkins's TimeDuration)."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)\s*(secs?)?", text.strip())
    if not match:
        raise ValueError(f"not a delay: {text}")
    number = int(match[1])
    return number if match[2] else number // 1000


def _form_of_json(job: Job, submitted: str) -> Form:
    """The ``json`` of Jenkins's own form as if it had been sent field by field."""
    known = {definition.name for definition in job.config.parameters}
    form: Form = {}
    try:
        given = json.loads(submitted)["parameter"]
        for entry in given if isinstance(given, list) else [given]:
            value = entry["value"]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            form.setdefault(entry["name"], []).append(text)
    except (KeyError, TypeError) as error:
        raise BadParameter("not the form of a parameterized job") from error
    if unknown := form.keys() - known:
        raise BadParameter(f"No such parameter definition: {unknown}")
    return form
