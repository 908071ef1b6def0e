"""Launching: by a user, by a job's trigger token, and by the Build Token Root plugin."""

import hmac
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from aiohttp import web

from demo_jenkins.items import Cause, Job
from demo_jenkins.parameters import BadParameter, ParameterDefinition, values_from
from demo_jenkins.people import Permission
from demo_jenkins.queueing import QueueItem
from demo_jenkins.web.answers import Refusal, empty, sign_in_first
from demo_jenkins.web.calls import Call, Form, forbidden
from demo_jenkins.web.pages import page


@page("job", "build")
async def build(call: Call) -> web.Response:
    """Launch a job without parameters, or one with them by the ``json`` form field.

    Of its parameters the build then has those that are named, and no defaults.
    """
    _check_buildable(call.job)
    if call.job.parameters and call.request.method != "POST":
        raise Refusal(405, "This build requires parameters")  # the form, for whoever may read
    _check_may_build(call)
    if not call.job.parameters:
        item, _ = _schedule(call, {}, {}, [])
        return _created(call, item)  # also when an item that waits already took it in
    submitted = call.value("json")
    if submitted is None:
        reason = "This page expects a form submission" if call.form else "Nothing is submitted"
        raise Refusal(400, reason, in_container=True)
    described = json.loads(submitted)
    form, files = _form_of_json(call, described)
    named = [each for each in call.job.parameters if each.name in form]
    item, is_new = _schedule(call, form, files, named)
    return _as_wanted(call, item, described) if is_new else call.redirect_to(call.job.path)


@page("job", "buildWithParameters")
async def build_with_parameters(call: Call) -> web.Response:
    """Launch a job with parameters: 201, or 303 when an equal request waits already."""
    _check_may_build(call)
    _check_buildable(call.job)
    if not call.job.parameters:
        raise Refusal(400, f"{call.job.full_name} is not parameterized", in_container=True)
    item, is_new = _schedule(call, call.form, call.files, call.job.parameters)
    return _created(call, item, 201 if is_new else 303)


@page("root", "buildByToken/build", is_public=True, needs_no_crumb=True)
async def build_by_token(call: Call) -> web.Response:
    """The Build Token Root plugin: launch a job without parameters by its trigger token."""
    job = _job_by_token(call)
    if job.parameters:
        raise Refusal(400, "Parameterized job; use buildWithParameters", in_container=True)
    return _launch_by_token(call, job, {})


@page("root", "buildByToken/buildWithParameters", is_public=True, needs_no_crumb=True)
async def build_by_token_with_parameters(call: Call) -> web.Response:
    """The same for a job with parameters."""
    job = _job_by_token(call)
    if not job.parameters:
        raise Refusal(400, "Not a parameterized job; use build", in_container=True)
    return _launch_by_token(call, job, call.form)


@page("root", "buildByToken/polling", is_public=True, needs_no_crumb=True)
async def poll_by_token(call: Call) -> web.Response:
    """The same for a poll of the SCM, which no job here has."""
    _job_by_token(call)
    raise Refusal(400, "No SCM trigger", in_container=True)


def _job_by_token(call: Call) -> Job:
    """The job named; 404 for an unknown one and, so as to tell nothing, one without a token."""
    job = call.controller.root.find(call.value("job") or "")
    if not isinstance(job, Job) or job.config.trigger_token is None:
        raise Refusal(404, is_empty=True)
    if not _has_trigger_token(call, job):
        if call.request.method != "POST":
            raise Refusal(405, headers={"Allow": "POST"})
        if not call.user.may(Permission.BUILD, job.full_name):
            raise forbidden(call.user, Permission.BUILD)
    if not job.is_buildable:
        raise Refusal(400, f"{job.full_name} is not buildable", in_container=True)
    return job


def _launch_by_token(call: Call, job: Job, form: Form) -> web.Response:
    """201 names the item by its path alone; without ``delay`` there is no quiet period."""
    values = values_from(job.parameters, form, call.files)
    quiet_s = _delay_s(call.value("delay") or "0")
    item, is_new = call.controller.schedule(job, values, _cause(call, job), quiet_s)
    path = f"queue/item/{item.id}/"
    if is_new:
        return call.redirect_to(path, status=201)
    return empty(303, {"Location": call.requested_url + path})


def _check_buildable(job: Job) -> None:
    if not job.is_buildable:
        raise Refusal(409, f"{job.full_name} is not buildable", in_container=True)


def _has_trigger_token(call: Call, job: Job) -> bool:
    """Whether the job's own trigger token was sent; a wrong one is refused."""
    expected, sent = job.config.trigger_token, call.value("token")
    if expected is None or sent is None:
        return False
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        raise sign_in_first() if call.user.is_anonymous else Refusal(403, "Invalid token provided.")
    return True


def _check_may_build(call: Call) -> None:
    """The trigger token stands for both the permission and the POST."""
    if _has_trigger_token(call, call.job):
        return
    call.require(Permission.BUILD)
    if call.request.method != "POST":
        text = "Method Not Allowed This URL requires POST"
        raise Refusal(405, text, headers={"Allow": "POST"})


def _cause(call: Call, job: Job) -> Cause:
    if not _has_trigger_token(call, job):
        text = f"Started by user {call.user.id}"
        named = {"userId": call.user.id, "userName": call.user.id}
        return {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": text, **named}
    address, note = call.request.remote or "", call.value("cause")
    text = f"Started by remote host {address}" + (f" with note: {note}" if note else "")
    cause = {"_class": "hudson.model.Cause$RemoteCause", "shortDescription": text}
    return {**cause, "addr": address, "note": note}


def _schedule(
    call: Call,
    form: Form,
    files: dict[str, bytes],
    definitions: Sequence[ParameterDefinition],
) -> tuple[QueueItem, bool]:
    job, quiet_s = call.job, _delay_s(call.value("delay"))
    values = values_from(definitions, form, files)
    return call.controller.schedule(job, values, _cause(call, job), quiet_s)


def _created(call: Call, item: QueueItem, status: int = 201) -> web.Response:
    return empty(status, {"Location": f"{call.requested_url}queue/item/{item.id}/"})


def _as_wanted(call: Call, item: QueueItem, described: dict[str, Any]) -> web.Response:
    """201, or what the form asks for, as Jenkins's own does to get back to the job."""
    status, target = int(described.get("statusCode", 201)), described.get("redirectTo")
    if target is None or re.match(r"[a-z][a-z0-9+.-]*:|\\|//|/\\", target, re.IGNORECASE):
        return _created(call, item, status)  # an address elsewhere is not followed
    here = urljoin(f"{call.requested_url}{call.job.path}build", target)
    return empty(status, {"Location": here})


def _delay_s(text: str | None) -> int | None:
    """``5sec`` is five seconds; a bare number is milliseconds (Jenkins's TimeDuration)."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)\s*(secs?)?", text.strip())
    if not match:
        raise ValueError(f"not a delay: {text}")
    number = int(match[1])
    return number if match[2] else number // 1000


def _form_of_json(call: Call, described: dict[str, Any]) -> tuple[Form, dict[str, bytes]]:
    """The ``json`` of Jenkins's own form as if it had been sent field by field.

    A file is in another field of the form, which its parameter names.
    """
    form: Form = {}
    files: dict[str, bytes] = {}
    given = described.get("parameter", [])
    try:
        for entry in given if isinstance(given, list) else [given]:
            name = entry["name"]
            if "file" in entry:
                files[name] = call.files[entry["file"]]
                value = call.form[entry["file"]][0]
            else:
                value = entry["runId"] if "runId" in entry else entry["value"]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            form.setdefault(name, []).append(text)
    except (KeyError, TypeError) as error:
        raise BadParameter("not the form of a parameterized job") from error
    if unknown := form.keys() - {definition.name for definition in call.job.parameters}:
        raise BadParameter(f"No such parameter definition: {unknown}")
    return form, files
