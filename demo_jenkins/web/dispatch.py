"""From a request to its page: faults, sign-in, the object behind the path, rights, errors."""

import logging
from email.utils import formatdate
from urllib.parse import unquote

from aiohttp import web

from demo_jenkins.configuring import BadConfiguration
from demo_jenkins.controller import Controller
from demo_jenkins.exporting import MalformedTree
from demo_jenkins.items import PERMALINKS, Folder, Job
from demo_jenkins.parameters import BadParameter
from demo_jenkins.people import Caller, Permission, User, WrongCredentials
from demo_jenkins.queueing import AlreadyLeft
from demo_jenkins.sessions import CRUMB_FIELD
from demo_jenkins.web import (  # the pages register themselves
    answers,
    builds,  # noqa: F401
    demo,  # noqa: F401
    items,  # noqa: F401
    launching,  # noqa: F401
    nodes,  # noqa: F401
    queue,  # noqa: F401
    root,  # noqa: F401
    users,  # noqa: F401
)
from demo_jenkins.web.answers import Refusal
from demo_jenkins.web.calls import PAGES, Call, Form, Page, Target, forbidden, kind_of, read_form
from demo_jenkins.web.faulty import go_wrong

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 64 << 20
LINE_LIMIT_BYTES = 8190
# What ends in Jenkins's page for exceptions; OSError is a name too long for the file system
_SAYS_PROBLEM = (MalformedTree, BadParameter, BadConfiguration, AlreadyLeft, ValueError, OSError)


def make_app(controller: Controller) -> web.Application:
    """The web application of one controller."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _answer(controller, request)

    async def handle(request: web.Request) -> web.StreamResponse:
        is_own = request.path.startswith(f"{controller.options.prefix}/demo/")
        fault = None if is_own else controller.faults.take(request.method, request.path)
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
        caller = controller.people.sign_in(request.headers)
        return await _answer_to(controller, request, caller)
    except WrongCredentials:
        realm = 'Basic realm="Jenkins", charset="UTF-8"'
        refusal = Refusal(401, in_container=True, headers={"WWW-Authenticate": realm})
        return answers.refused(request, controller, refusal)
    except Refusal as refusal:
        return answers.refused(request, controller, refusal)
    except _SAYS_PROBLEM as error:
        log.info("%s %s: %s", request.method, request.path, type(error).__name__)
        return answers.refused(request, controller, answers.problem())


async def _answer_to(
    controller: Controller, request: web.Request, caller: Caller
) -> web.StreamResponse:
    segments, user = _segments(controller, request), caller.user
    form = await read_form(request)
    public = _public_page(segments)
    if request.method == "POST" and not caller.by_token and not (public and public.needs_no_crumb):
        _check_crumb(controller, request, user, form)
    if public is None and not user.may(Permission.READ):
        raise forbidden(user, Permission.READ)
    target, rest = _resolve(controller, user, segments)
    found = PAGES.get((kind_of(target), rest))
    _count(controller, request, target, rest)
    if found is None:
        raise answers.not_found()
    _check(found, request, user)
    return await found.handler(Call(request, controller, user, target, form))


def _public_page(segments: list[str]) -> Page | None:
    page = PAGES.get(("root", "/".join(segments)))
    return page if page and page.is_public else None


def _check_crumb(controller: Controller, request: web.Request, user: User, form: Form) -> None:
    """CSRF protection of every POST that no token vouches for (CrumbFilter).

    The filter does not look into multipart bodies.
    """
    if not controller.options.has_crumbs:
        return
    sessions = controller.sessions
    fields = {} if request.content_type == "multipart/form-data" else form
    crumb = request.headers.get(CRUMB_FIELD) or fields.get(CRUMB_FIELD, [None])[0]
    if not sessions.accept(user.id, request.cookies.get(sessions.cookie_name), crumb):
        raise Refusal(403, "No valid crumb was included in the request", in_container=True)


def _segments(controller: Controller, request: web.Request) -> list[str]:
    """The parts of the path below the root; a slash in a name is still encoded at this point."""
    prefix, path = controller.options.prefix, request.rel_url.raw_path
    if not f"{path}/".startswith(f"{prefix}/"):
        raise Refusal(404, in_container=True)
    return [unquote(segment) for segment in path.removeprefix(prefix).split("/") if segment]


def _resolve(controller: Controller, user: User, segments: list[str]) -> tuple[Target, str]:
    """The object a path leads to and what is left of the path."""
    if segments[:2] == ["queue", "item"] and len(segments) > 2:
        number = segments[2]
        item = controller.queue.find(int(number)) if number.isdecimal() else None
        if item is None or not user.may(Permission.ITEM_READ):
            raise answers.not_found()
        return item, "/".join(segments[3:])
    if segments[:1] in (["me"], ["user"]):
        return _resolve_user(controller, user, segments)
    if segments[:1] == ["computer"] and len(segments) > 1 and segments[1] != "api":
        node = controller.nodes.find(segments[1])
        if node is None:
            raise answers.not_found()
        return node, "/".join(segments[2:])
    place: Folder | Job = controller.root
    rest = segments
    while isinstance(place, Folder) and rest[:1] == ["job"] and len(rest) > 1:
        child = place.children.get(rest[1])
        if child is None or not user.may(Permission.ITEM_READ):
            raise answers.not_found()
        place, rest = child, rest[2:]
    if isinstance(place, Job) and rest:
        return _resolve_build(place, rest)
    return place, "/".join(rest)


def _resolve_user(controller: Controller, user: User, segments: list[str]) -> tuple[Target, str]:
    if segments[0] == "me":
        if user.is_anonymous:
            raise forbidden(user, Permission.READ)
        return user, "/".join(segments[1:])
    known = controller.people.users.get("".join(segments[1:2]))
    if known is None:
        raise answers.not_found()
    return known, "/".join(segments[2:])


def _resolve_build(job: Job, rest: list[str]) -> tuple[Target, str]:
    name = rest[0]
    if name.isdecimal() or name in PERMALINKS:
        build = job.builds.get(int(name)) if name.isdecimal() else job.permalink(name)
        if build is None:
            raise answers.not_found()
        return build, "/".join(rest[1:])
    return job, "/".join(rest)


def _check(page: Page, request: web.Request, user: User) -> None:
    if page.needs_post and request.method != "POST":
        text = "This URL requires POST"
        raise Refusal(405, f"Method Not Allowed {text}", headers={"Allow": "POST"})
    if page.permission and not user.may(page.permission):
        raise forbidden(user, page.permission)


def _count(controller: Controller, request: web.Request, target: Target, rest: str) -> None:
    kind = kind_of(target)
    if not (kind == "root" and rest.startswith("demo/")):
        known = rest if (kind, rest) in PAGES else "(unknown)"
        controller.requests.by_kind[f"{request.method} {kind}/{known}"] += 1
