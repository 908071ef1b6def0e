"""What Jenkins does not have: faults on demand, the clock, people and counts of requests.

Only administrators may use these pages. For testers: docs/demo-controller.md
"""

import gzip
import json
import os

from aiohttp import web

from demo_jenkins.clock import OutOfTime
from demo_jenkins.controller import Ending
from demo_jenkins.faults import Fault, FaultKind
from demo_jenkins.nodes import Node
from demo_jenkins.people import Permission
from demo_jenkins.web.answers import Refusal, as_json
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import page

_ADMINISTER = Permission.ADMINISTER


@page("root", "demo/fault", needs_post=True, permission=_ADMINISTER)
async def add_fault(call: Call) -> web.Response:
    """A fault of some ``kind``, with the fields of Fault as far as they are given."""
    numbers = {name: float(text) for name in ("for_s", "seconds") if (text := call.value(name))}
    fault = Fault(
        FaultKind(call.value("kind") or ""),
        count=int(call.value("count") or 1),
        path=call.value("path") or "",
        method=call.value("method") or "",
        **numbers,
    )
    call.controller.faults.add(fault)
    return as_json(call.request, call.controller, {"kind": fault.kind})


@page("root", "demo/fault/clear", needs_post=True, permission=_ADMINISTER)
async def clear_faults(call: Call) -> web.Response:
    """Nothing goes wrong any more."""
    call.controller.faults.clear()
    return as_json(call.request, call.controller, {})


@page("root", "demo/clock", needs_post=True, permission=_ADMINISTER)
async def move_clock(call: Call) -> web.Response:
    """Move the controller's clock ``forward`` by seconds; negative moves it back."""
    try:
        call.controller.clock.forward(float(call.value("forward") or 0))
    except OutOfTime as error:
        raise Refusal(400, "The clock must stay in the years 1970 to 9999") from error
    call.controller.dispatcher.hurry()
    return as_json(call.request, call.controller, {"now_ms": call.controller.clock.now_ms()})


@page("root", "demo/agent", needs_post=True, permission=_ADMINISTER)
async def add_agent(call: Call) -> web.Response:
    """An agent ``name`` with each ``label`` given and so many ``executors``; until a restart."""
    node = Node(call.value("name") or "agent", set(call.form.get("label", [])))
    node.resize(int(call.value("executors") or 1))
    call.controller.nodes.all.append(node)
    call.controller.dispatcher.hurry()
    return as_json(call.request, call.controller, {"name": node.name})


@page("build", "demo/zipLog", needs_post=True, permission=_ADMINISTER)
async def zip_log(call: Call) -> web.Response:
    """Keep the console zipped, as a plugin does with old ones."""
    log = call.controller.home.log_path(call.build)
    log.with_name(f"{log.name}.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    return as_json(call.request, call.controller, {})


@page("build", "demo/truncateLog", needs_post=True, permission=_ADMINISTER)
async def truncate_log(call: Call) -> web.Response:
    """Cut the console off after ``size`` bytes, as a full disk or a rotation does."""
    os.truncate(call.controller.home.log_path(call.build), int(call.value("size") or 0))
    return as_json(call.request, call.controller, {})


@page("job", "demo/changes", needs_post=True, permission=_ADMINISTER)
async def add_changes(call: Call) -> web.Response:
    """Changes that the job's next build will have found: JSON as ``changeSet[items]`` shows it."""
    call.job.coming_changes = json.loads(await call.request.read())
    return as_json(call.request, call.controller, {})


@page("root", "demo/user", needs_post=True, permission=_ADMINISTER)
async def add_user(call: Call) -> web.Response:
    """A user ``id`` with each ``permission`` given, a token, and a ``password`` if given.

    ``permission=hudson.model.Item.Build@qa/team`` holds in that folder only.
    """
    permissions = set(call.form.get("permission", []))
    user = call.controller.people.add(call.value("id") or "", permissions)
    _, token = user.add_token("demo")
    if password := call.value("password"):
        user.set_password(password)
    call.controller.people.save()
    return as_json(call.request, call.controller, {"id": user.id, "token": token})


@page("root", "demo/requests", permission=_ADMINISTER)
async def count_requests(call: Call) -> web.Response:
    """How many requests came since the last reset, in all and by kind."""
    kinds = dict(sorted(call.controller.requests.by_kind.items()))
    data = {"total": sum(kinds.values()), "kinds": kinds}
    return as_json(call.request, call.controller, data)


@page("root", "demo/requests/reset", needs_post=True, permission=_ADMINISTER)
async def reset_requests(call: Call) -> web.Response:
    """Count from zero."""
    call.controller.requests.reset()
    return as_json(call.request, call.controller, {})


@page("root", "demo/sessions/forget", needs_post=True, permission=_ADMINISTER)
async def forget_sessions(call: Call) -> web.Response:
    """End all web sessions, and with them their crumbs."""
    call.controller.sessions.forget_all()
    return as_json(call.request, call.controller, {})


@page("root", "demo/crash", needs_post=True, permission=_ADMINISTER)
async def crash(call: Call) -> web.Response:
    """Die and start again: the queue and running builds are gone, ids are given out again."""
    call.controller.end(Ending.CRASH)
    return as_json(call.request, call.controller, {})
