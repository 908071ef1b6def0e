"""One request with everything a page needs to answer it."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, cast
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element

from aiohttp import web

from demo_jenkins import xmlwriting
from demo_jenkins.controller import Controller
from demo_jenkins.exporting import Bean, export, parse_tree
from demo_jenkins.items import Build, Folder, Item, Job
from demo_jenkins.nodes import Node
from demo_jenkins.people import Permission, User
from demo_jenkins.queueing import QueueItem
from demo_jenkins.shown.view import View
from demo_jenkins.web.answers import Refusal, as_data, as_json, empty, sign_in_first

Target: TypeAlias = Folder | Job | Build | QueueItem | User | Node
Form: TypeAlias = dict[str, list[str]]

_PORT = re.compile(r":\d+$")


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
        """The root URL as the caller addressed it, maybe by a proxy, with a closing slash."""
        scheme = self._forwarded("Proto") or self.request.scheme
        host = self._forwarded("Host") or self.request.host
        if port := self._forwarded("Port"):
            host = f"{_PORT.sub('', host)}:{port}"
        host = host.removesuffix(":443" if scheme == "https" else ":80")
        return f"{scheme}://{host}{self.controller.options.prefix}/"

    def _forwarded(self, what: str) -> str:
        """What the first proxy says of the request it had (Jenkins.getRootUrlFromRequest)."""
        return self.request.headers.get(f"X-Forwarded-{what}", "").partition(",")[0].strip()

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

    def may(self, permission: Permission) -> bool:
        """Whether the caller holds the permission on what was asked for."""
        return self.user.may(permission, _place_of(self.target))

    def require(self, permission: Permission) -> None:
        """Refuse with 403 unless the caller holds the permission on what was asked for."""
        if not self.may(permission):
            raise forbidden(self.user, permission)

    def redirect_back(self, path: str) -> web.Response:
        """302 to the page the caller came from, else to a path below the root."""
        referer = self.request.headers.get("Referer")
        return empty(302, {"Location": referer}) if referer else self.redirect_to(path)

    def redirect_to(self, path: str, status: int = 302) -> web.Response:
        """302 to a path below the root."""
        return empty(status, {"Location": f"{self.controller.options.prefix}/{path}"})

    def redirect_to_slash(self) -> web.Response:
        """302 to the same page as a folder, so that what is below it is found (Stapler)."""
        path, _, query = self.request.raw_path.partition("?")
        return empty(302, {"Location": f"{path}/" + (f"?{query}" if query else "")})

    def exported(self, bean: Bean) -> web.Response:
        """An ``api/`` answer with ``tree=`` or ``depth=`` applied."""
        if self.value("jsonp") is not None:
            text = "jsonp forbidden; implement jenkins.security.SecureRequester"
            raise Refusal(403, text, in_container=True)
        tree = self.value("tree")
        depth = int(self.value("depth") or 0)
        data = export(bean, tree=None if tree is None else parse_tree(tree), depth=depth)
        if self.request.path.rstrip("/").endswith("/api/xml"):
            return self._as_xml(data)
        return as_json(self.request, self.controller, data)

    def _as_xml(self, data: dict[str, object]) -> web.Response:
        """The data as XML, by ``exclude``, ``xpath`` and ``wrapper`` (hudson.model.Api.doXml)."""
        document = xmlwriting.element_of(data)
        for unwanted in self.form.get("exclude", []):
            xmlwriting.exclude(document, unwanted)
        xpath, wrapper = self.value("xpath"), self.value("wrapper")
        if xpath is None:
            return self.text(xmlwriting.to_text(document), "application/xml")
        chosen = xmlwriting.select(document, xpath)
        if wrapper is not None:
            if not re.fullmatch(r"[A-Za-z_][\w.-]*", wrapper, re.ASCII):
                return self.text("This is no name for a wrapper", status=400)
            document = Element(wrapper)
            document.extend(chosen)
        elif len(chosen) == 1:
            [document] = chosen
        elif chosen:
            text = f"XPath {xpath} matched {len(chosen)} nodes. Please use 'wrapper'"
            return self.text(text, status=500)
        else:
            return self.text(f"XPath {xpath} didn't match", status=404)
        return self.text(xmlwriting.to_text(document), "application/xml")

    def text(self, text: str, kind: str = "text/plain", status: int = 200) -> web.Response:
        """Text as an ``api/`` answer."""
        return as_data(self.request, self.controller, text, kind, status)


def _place_of(target: Target) -> str:
    """The full name of the item that this is or belongs to, "" for the controller's own things."""
    if isinstance(target, Build | QueueItem):
        return target.job.full_name
    return target.full_name if isinstance(target, Folder | Job) else ""


def forbidden(user: User, permission: Permission) -> Refusal:
    """403 with the headers that say who lacks what."""
    headers = [("X-You-Are-Authenticated-As", user.id), ("X-Required-Permission", permission)]
    headers += [("X-Permission-Implied-By", wider) for wider in permission.implied_by]
    if user.is_anonymous:
        return sign_in_first(headers)
    return Refusal(403, f"{user.id} is missing the {permission.name} permission", headers=headers)


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
