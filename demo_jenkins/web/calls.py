"""One request with everything a page needs to answer it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, cast
from urllib.parse import parse_qsl

from aiohttp import web

from demo_jenkins.controller import Controller
from demo_jenkins.exporting import Bean, export, parse_tree
from demo_jenkins.items import Build, Folder, Item, Job
from demo_jenkins.nodes import Node
from demo_jenkins.people import Permission, User
from demo_jenkins.queueing import QueueItem
from demo_jenkins.shown.view import View
from demo_jenkins.web.answers import Refusal, as_json, empty

Target: TypeAlias = Folder | Job | Build | QueueItem | User | Node
Form: TypeAlias = dict[str, list[str]]


@dataclass
class Call:
    """A request, who sends it, and the object its path leads to."""

    request: web.Request
    controller: Controller
    user: User
    target: Target
    form: Form  # query and body together
    files: dict[str, bytes]  # contents of uploaded files, by field
    words: list[str]  # what stands in the path where its page has gaps

    @property
    def folder(self) -> Folder:
        """The folder asked for, which may be the root."""
        return cast(Folder, self.target)

    @property
    def job(self) -> Job:
        """The job asked for."""
        return cast(Job, self.target)

    @property
    def item(self) -> Item:
        """The folder or job asked for."""
        return cast(Item, self.target)

    @property
    def build(self) -> Build:
        """The build asked for."""
        return cast(Build, self.target)

    @property
    def queue_item(self) -> QueueItem:
        """The queue item asked for."""
        return cast(QueueItem, self.target)

    @property
    def node(self) -> Node:
        """The node asked for."""
        return cast(Node, self.target)

    @property
    def account(self) -> User:
        """The user whose page was asked for."""
        return cast(User, self.target)

    @cached_property
    def requested_url(self) -> str:
        """The root URL as this request addressed it, with a closing slash."""
        prefix = self.controller.options.prefix
        return f"{self.request.scheme}://{self.request.host}{prefix}/"

    @cached_property
    def view(self) -> View:
        """The point of view of this answer."""
        options = self.controller.options
        language = self.request.headers.get("Accept-Language") or options.language
        root_url = options.root_url or self.requested_url
        return View(self.controller, self.user, root_url, language)

    def value(self, name: str) -> str | None:
        """A form or query parameter, None where it was not sent."""
        return self.form.get(name, [None])[0]

    def require(self, permission: Permission) -> None:
        """Refuse with 403 unless the caller holds the permission."""
        if not self.user.may(permission):
            raise forbidden(self.user, permission)

    def redirect_back(self, path: str) -> web.Response:
        """302 to the page the caller came from, else to a path below the root."""
        referer = self.request.headers.get("Referer")
        return empty(302, {"Location": referer}) if referer else self.redirect_to(path)

    def redirect_to(self, path: str, status: int = 302) -> web.Response:
        """302 to a path below the root."""
        return empty(status, {"Location": f"{self.controller.options.prefix}/{path}"})

    def exported(self, bean: Bean) -> web.Response:
        """An ``api/`` answer with ``tree=`` or ``depth=`` applied."""
        if self.value("jsonp") is not None:
            raise Refusal(403, "JSONP is only for those whom a SecureRequester lets")
        tree = self.value("tree")
        depth = int(self.value("depth") or 0)
        data = export(bean, tree=None if tree is None else parse_tree(tree), depth=depth)
        return as_json(self.request, self.controller, data)


def forbidden(user: User, permission: Permission) -> Refusal:
    """403 with the headers that say who lacks what."""
    if user.is_anonymous:
        text = "Authentication required"
    else:
        text = f"{user.id} is missing the {permission.name} permission"
    return Refusal(
        403,
        text,
        headers={
            "X-You-Are-Authenticated-As": user.id,
            "X-Required-Permission": permission,
            "X-Permission-Implied-By": ", ".join(permission.implied_by),
        },
    )


async def read_form(request: web.Request) -> tuple[Form, dict[str, bytes]]:
    """Query and form body together, and uploaded files; a file's field holds its name."""
    pairs: list[tuple[str, str]] = list(request.query.items())
    files: dict[str, bytes] = {}
    if request.content_type == "application/x-www-form-urlencoded":
        body = await request.read()
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    elif request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
                pairs.append((name, value.filename))
            else:
                pairs.append((name, str(value)))
    form: Form = {}
    for name, text in pairs:
        form.setdefault(name, []).append(text)
    return form, files
