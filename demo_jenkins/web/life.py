"""Pages that quiet the controller down, restart it, end it or have it read its home again."""

from aiohttp import web

from demo_jenkins.controller import Ending
from demo_jenkins.people import Permission
from demo_jenkins.web import answers
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import page


@page("root", "quietDown", needs_post=True, permission=Permission.MANAGE)
async def quiet_down(call: Call) -> web.Response:
    """Start nothing more; with ``block`` answered when nothing runs, or after ``timeout`` ms."""
    call.controller.quiet_down(call.value("message"))
    if call.value("block") == "true":
        timeout_s = int(call.value("timeout") or 0) / 1000
        await call.controller.become_idle(timeout_s or None)
    return call.redirect_back("")


@page("root", "cancelQuietDown", needs_post=True, permission=Permission.MANAGE)
async def cancel_quiet_down(call: Call) -> web.Response:
    """Go on."""
    call.controller.cancel_quiet_down()
    return call.redirect_back("")


@page("root", "restart", needs_post=True, permission=Permission.MANAGE)
async def restart(call: Call) -> web.Response:
    """Start again in good order, at once."""
    call.controller.end(Ending.RESTART)
    return call.redirect_back("")


@page("root", "safeRestart", permission=Permission.MANAGE)
async def safe_restart(call: Call) -> web.Response:
    """Start again when nothing runs, unless it is a ``cancel``; a GET asks whether to."""
    if call.request.method != "POST":
        return answers.page(call.controller, "Restart when no jobs are running?")
    if call.value("cancel") is not None:
        call.controller.cancel_quiet_down()
    else:
        call.controller.end_when_idle(Ending.RESTART, call.value("message"))
    return call.redirect_to("")


@page("root", "exit", needs_post=True, permission=Permission.ADMINISTER)
async def leave(call: Call) -> web.StreamResponse:
    """Stop for good."""
    call.controller.end(Ending.STOP)
    return await _say(call, "Shutting down")


@page("root", "safeExit", needs_post=True, permission=Permission.ADMINISTER)
async def leave_when_idle(call: Call) -> web.StreamResponse:
    """The same when nothing runs."""
    call.controller.end_when_idle(Ending.STOP)
    return await _say(call, "Shutting down as soon as all jobs are complete")


@page("root", "reload", needs_post=True, permission=Permission.ADMINISTER)
async def reload(call: Call) -> web.Response:
    """Read the items as they lie in the home, where somebody may have edited them."""
    call.controller.reload()
    return call.redirect_to("")


async def _say(call: Call, text: str) -> web.StreamResponse:
    return await answers.plain(call.request, [text.encode()], len(text), {})
