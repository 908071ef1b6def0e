"""What Jenkins does not have: faults on demand, the clock, people and counts of requests.

Only administrators may use these pages.
"""

from aiohttp import web

from demo_jenkins.faults import Fault, FaultKind
from demo_jenkins.people import Permission
from demo_jenkins.web.answers import as_json
from demo_jenkins.web.calls import Call, page

_ADMINISTER = Permission.ADMINISTER


@page("root", "demo/fault", needs_post=True, permission=_ADMINISTER)
async def add_fault(call: Call) -> web.Response:
    """``kind``, and ``count`` (1) requests or ``seconds``; ``path`` limits it to some."""
    seconds = call.value("seconds")
    fault = Fault(
        FaultKind(call.value("kind") or ""),
        count=int(call.value("count") or 1),
        seconds=float(seconds) if seconds else None,
        path=call.value("path") or "",
    )
    call.controller.faults.add(fault)
    return as_json(call.request, call.controller, {"kind": fault.kind, "count": fault.count})


@page("root", "demo/fault/clear", needs_post=True, permission=_ADMINISTER)
async def clear_faults(call: Call) -> web.Response:
    """Nothing goes wrong any more."""
    call.controller.faults.clear()
    return as_json(call.request, call.controller, {})


@page("root", "demo/clock", needs_post=True, permission=_ADMINISTER)
async def move_clock(call: Call) -> web.Response:
    """Move the controller's clock ``forward`` by seconds; negative moves it back."""
    call.controller.clock.forward(float(call.value("forward") or 0))
    call.controller.hurry()
    return as_json(call.request, call.controller, {"now_ms": call.controller.clock.now_ms()})


@page("root", "demo/user", needs_post=True, permission=_ADMINISTER)
async def add_user(call: Call) -> web.Response:
    """A user ``id`` with each ``permission`` given, and a token of theirs."""
    permissions = {Permission(name) for name in call.form.get("permission", [])}
    user = call.controller.people.add(call.value("id") or "", permissions)
    _, token = user.add_token("demo")
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
