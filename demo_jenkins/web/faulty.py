"""Answers that go wrong, as an administrator asked for at ``demo/fault``."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from demo_jenkins.faults import Fault, FaultKind

log = logging.getLogger(__name__)

SLOW_PARTS = 10
Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STARTING = (
    "<html><head><title>Starting Jenkins</title></head>"
    "<body>Please wait while Jenkins is getting ready to work ...</body></html>"
)
_PAGE = "<html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"


async def go_wrong(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    """Answer a request in the way of a fault."""
    log.info("%s: %s %s", fault.kind, request.method, request.path)
    return await _WAYS[fault.kind](fault, request, answer)


async def _close_before(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    return _close(request)


async def _close_after(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    await answer(request)
    return _close(request)


async def _hang(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    await asyncio.sleep(fault.seconds)
    return _close(request)


async def _unavailable(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    headers = {"Cache-Control": "no-cache,no-store,must-revalidate"}
    if fault.seconds:
        headers["Retry-After"] = str(int(fault.seconds))
    return web.Response(status=503, text=_STARTING, content_type="text/html", headers=headers)


async def _slow_body(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    whole = await answer(request)
    if not isinstance(whole, web.Response) or not isinstance(whole.body, bytes):
        return whole
    headers = {k: v for k, v in whole.headers.items() if k not in ("Content-Length",)}
    slow = web.StreamResponse(status=whole.status, headers=headers)
    slow.content_length = len(whole.body)
    await slow.prepare(request)
    size = len(whole.body) // SLOW_PARTS + 1
    for start in range(0, len(whole.body), size):
        await asyncio.sleep(fault.seconds / SLOW_PARTS)
        await slow.write(whole.body[start : start + size])
    await slow.write_eof()
    return slow


async def _html(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    return web.Response(text=_PAGE, content_type="text/html")


async def _login_redirect(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "https://sso.example/login?from=jenkins"})


async def _decline(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    job_path, _, _ = request.rel_url.raw_path.rpartition("/")
    return web.Response(status=302, headers={"Location": f"{job_path}/"})


async def _broken_report(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    return web.Response(text="\x00 neither JSON nor XML <<<", content_type="application/json")


def _close(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.close()
    return web.Response()  # goes nowhere


_WAYS = {
    FaultKind.CLOSE_BEFORE: _close_before,
    FaultKind.CLOSE_AFTER_ACCEPT: _close_after,
    FaultKind.HANG: _hang,
    FaultKind.UNAVAILABLE: _unavailable,
    FaultKind.SLOW_BODY: _slow_body,
    FaultKind.HTML: _html,
    FaultKind.LOGIN_REDIRECT: _login_redirect,
    FaultKind.DECLINE: _decline,
    FaultKind.BROKEN_REPORT: _broken_report,
}
