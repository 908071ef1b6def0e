"""From a request to its page: faults, sign-in, the object behind the path, rights, errors."""

import logging
from email.utils import formatdate
from urllib.parse import unquote

from aiohttp import web

from demo_jenkins.controller import Controller
from demo_jenkins.faults import FaultKind
from demo_jenkins.people import ANYBODY, Caller, Permission, User, WrongCredentials
from demo_jenkins.sessions import CRUMB_FIELD
from demo_jenkins.web import (  # the pages register themselves
    answers,
    artifacts,  # noqa: F401
    builds,  # noqa: F401
    demo,  # noqa: F401
    items,  # noqa: F401
    launching,  # noqa: F401
    life,  # noqa: F401
    nodes,  # noqa: F401
    pipelines,  # noqa: F401
    queue,  # noqa: F401
    root,  # noqa: F401
    users,  # noqa: F401
)
from demo_jenkins.web.answers import Refusal
from demo_jenkins.web.calls import Call, Form, Target, forbidden, read_form
from demo_jenkins.web.faulty import go_wrong
from demo_jenkins.web.pages import Page, find_page, kind_of
from demo_jenkins.web.resolving import resolve
from demo_jenkins.xmlwriting import PrimitiveResult

log = logging.getLogger(__name__)

# Jenkins looks there before it asks for Overall/Read; what is missing is then a plain 404.
# There is no tcpSlaveAgentListener without a port for agents (``slaveAgentPort`` -1).
ALWAYS_READABLE = {
    "login",
    "logout",
    "loginError",
    "signup",
    "securityRealm",
    "error",
    "oops",
    "accessDenied",
    "tcpSlaveAgentListener",
}
BODY_LIMIT_BYTES = 64 << 20
HEAD_LIMIT_BYTES = 8 << 10  # of the request line and all headers, as Jetty has it
READABLE_LINE_BYTES = 4 << 20  # what is read at all, so as to answer 414 and 431


def make_app(controller: Controller) -> web.Application:
    """The web application of one controller."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _answer(controller, request)

    async def handle(request: web.Request) -> web.StreamResponse:
        is_own = request.path.startswith(f"{controller.options.prefix}/demo/")
        fault = None if is_own else controller.faults.take(request.method, request.path)
        if fault and fault.kind == FaultKind.END_SESSIONS:
            controller.sessions.forget_all()
            return await answer(request)
        return await (go_wrong(fault, request, answer) if fault else answer(request))

    async def set_date(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(controller.clock.now_ms() / 1000, usegmt=True)
        response.headers["Server"] = "Jetty(12.1.1)"

    app = web.Application(client_max_size=BODY_LIMIT_BYTES)
    app.router.add_route("*", "/{path:.*}", handle)
    app.on_response_prepare.append(set_date)
    return app


async def _answer(controller: Controller, request: web.Request) -> web.StreamResponse:
    try:
        _check_size(request)
        has_security = controller.options.has_security
        caller = controller.people.sign_in(request.headers) if has_security else ANYBODY
        return await _answer_to(controller, request, caller)
    except WrongCredentials:
        realm = 'Basic realm="Jenkins", charset="UTF-8"'
        refusal = Refusal(401, in_container=True, headers={"WWW-Authenticate": realm})
        return answers.refused(request, controller, refusal)
    except Refusal as refusal:
        return answers.refused(request, controller, refusal)
    except PrimitiveResult:
        text = "primitive XPath result sets forbidden; implement jenkins.security.SecureRequester"
        headers = answers.data_headers(controller)
        primitive = Refusal(403, text, in_container=True, headers=headers)
        return answers.refused(request, controller, primitive)
    except (web.HTTPException, ConnectionError):  # a body too large, a caller who hung up
        raise
    except Exception:  # as in Jenkins, each ends in the same page and a trace in the log
        problem = answers.problem()
        log.exception("%s %s: %s", request.method, request.path, problem.message)
        return answers.refused(request, controller, problem)


async def _answer_to(
    controller: Controller, request: web.Request, caller: Caller
) -> web.StreamResponse:
    segments, user = _segments(controller, request), caller.user
    form, files = await read_form(request)
    public = _public_page(segments)
    if request.method == "POST" and not caller.by_token and not (public and public.needs_no_crumb):
        _check_crumb(controller, request, user, form)
    if not (public or user.may(Permission.READ) or ALWAYS_READABLE.intersection(segments[:1])):
        raise forbidden(user, Permission.READ)
    target, rest = resolve(controller, user, segments)
    found, words = find_page(kind_of(target), rest)
    _count(controller, request, target, found)
    if found is None:
        raise answers.not_found()
    call = Call(request, controller, user, target, form, files, words)
    if not found.path and not request.rel_url.raw_path.endswith("/"):
        return call.redirect_to_slash()
    _check(found, call)
    return await found.handler(call)


def _check_size(request: web.Request) -> None:
    if len(request.path_qs) > HEAD_LIMIT_BYTES:
        raise Refusal(414, "URI Too Long", in_container=True)
    headers = sum(len(name) + len(value) + 4 for name, value in request.raw_headers)
    if len(request.path_qs) + headers > HEAD_LIMIT_BYTES:
        raise Refusal(431, in_container=True)


def _public_page(segments: list[str]) -> Page | None:
    page, _ = find_page("root", segments)
    return page if page and page.is_public else None


def _check_crumb(controller: Controller, request: web.Request, user: User, form: Form) -> None:
    """CSRF protection of every POST that no token vouches for (CrumbFilter).

    The filter does not look into multipart bodies, only beside them.
    """
    if not controller.options.has_crumbs:
        return
    sessions = controller.sessions
    is_multipart = request.content_type == "multipart/form-data"
    sent = request.query.get(CRUMB_FIELD) if is_multipart else form.get(CRUMB_FIELD, [None])[0]
    crumb = request.headers.get(CRUMB_FIELD) or sent
    if not sessions.accept(user.id, request.cookies.get(sessions.cookie_name), crumb):
        raise Refusal(403, "No valid crumb was included in the request", in_container=True)


def _segments(controller: Controller, request: web.Request) -> list[str]:
    """The parts of the path below the root; a slash in a name is still encoded at this point."""
    prefix, path = controller.options.prefix, request.rel_url.raw_path
    if not f"{path}/".startswith(f"{prefix}/"):
        raise Refusal(404, in_container=True)
    return [unquote(segment) for segment in path.removeprefix(prefix).split("/") if segment]


def _check(page: Page, call: Call) -> None:
    if page.needs_post and call.request.method != "POST":
        text = "This URL requires POST"
        raise Refusal(405, f"Method Not Allowed {text}", headers={"Allow": "POST"})
    if page.permission:
        call.require(page.permission)


def _count(controller: Controller, request: web.Request, target: Target, page: Page | None) -> None:
    kind = f"{kind_of(target)}/{page.path if page else '(unknown)'}"
    if not kind.startswith("root/demo/"):
        controller.requests.by_kind[f"{request.method} {kind}"] += 1
