"""Answers in Jenkins's three styles: JSON, its own HTML pages, and its container's error pages."""

import html
import json
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from aiohttp import web

from demo_jenkins.controller import VERSION, Controller

BUFFERED_BYTES = 1 << 20  # a longer text is streamed
_JETTY = "Powered by Jetty:// 12.1.1"


class Refusal(Exception):
    """Raised to answer a request with an error; by default with a page of Jenkins.

    ``in_container`` chooses the container's page, ``is_empty`` none.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        in_container: bool = False,
        is_empty: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or HTTPStatus(status).phrase
        self.in_container = in_container
        self.is_empty = is_empty
        self.headers = dict(headers or {})


def not_found() -> Refusal:
    """There is no such page, or the caller may not know of it."""
    text = "This page may not exist, or you may not have permission to see it."
    return Refusal(404, f"Not Found {text}")


def problem() -> Refusal:
    """What an exception inside Jenkins looks like: its id, never its text."""
    text = "A problem occurred while processing the request"
    return Refusal(500, f"Oops! {text} Logging ID={uuid.uuid4()}")


def identity(controller: Controller) -> dict[str, str]:
    """Headers that name the version and the present start of the controller."""
    return {"X-Jenkins": VERSION, "X-Jenkins-Session": controller.session}


def as_json(request: web.Request, controller: Controller, data: object) -> web.Response:
    """An ``api/json`` answer, indented by ``pretty``, or the same data as ``api/python``."""
    is_python, is_pretty = request.path.endswith("/api/python"), "pretty" in request.query
    separators = None if is_pretty else (",", ":")
    text = (
        _python(data)
        if is_python
        else json.dumps(
            data, ensure_ascii=False, indent=2 if is_pretty else None, separators=separators
        )
    )
    kind = "text/x-python" if is_python else "application/json"
    return _data(request, controller, text, kind)


def as_xml(request: web.Request, controller: Controller, text: str) -> web.Response:
    """An ``api/xml`` answer."""
    return _data(request, controller, text, "application/xml")


def _data(request: web.Request, controller: Controller, text: str, kind: str) -> web.Response:
    safe = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "deny"}
    return _zipped(
        request,
        web.Response(
            body=text.encode("utf-8", "replace"),
            headers={
                **identity(controller),
                **safe,
                "Content-Type": f"{kind};charset=utf-8",
            },
        ),
    )


def _python(value: object) -> str:
    """A Python literal, which differs from JSON by three words (Stapler's PythonDataWriter)."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)}:{_python(inner)}" for name, inner in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_python, value))}]"
    if value is None or isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def page(
    controller: Controller,
    text: str,
    *,
    title: str = "Jenkins",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """One of Jenkins's own HTML pages."""
    body = (
        f"<!DOCTYPE html><html><head><title>{html.escape(title)}</title></head>"
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        f"<footer>Jenkins {VERSION}</footer></body></html>"
    )
    return web.Response(
        status=status,
        body=body.encode(),
        headers={
            "X-Hudson": "1.395",
            **identity(controller),
            **(headers or {}),
            "Content-Type": "text/html;charset=utf-8",
        },
    )


def refused(request: web.Request, controller: Controller, refusal: Refusal) -> web.Response:
    """The page for a refusal."""
    if refusal.is_empty:
        return empty(refusal.status, refusal.headers)
    if not refusal.in_container:
        return page(controller, refusal.message, status=refusal.status, headers=refusal.headers)
    what = html.escape(f"{refusal.status} {refusal.message}")
    text = (
        f"<html><head><title>Error {what}</title></head><body><h2>HTTP ERROR {what}</h2><table>"
        f"<tr><th>URI:</th><td>{html.escape(request.path)}</td></tr>"
        f"<tr><th>STATUS:</th><td>{refusal.status}</td></tr>"
        f"<tr><th>MESSAGE:</th><td>{html.escape(refusal.message)}</td></tr>"
        f"<tr><th>SERVLET:</th><td>Stapler</td></tr></table><hr/>{_JETTY}</body></html>"
    )
    return web.Response(
        status=refusal.status,
        body=text.encode("iso-8859-1", "xmlcharrefreplace"),
        headers={**refusal.headers, "Content-Type": "text/html;charset=iso-8859-1"},
    )


def empty(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer without a body."""
    return web.Response(status=status, headers=headers)


async def plain(
    request: web.Request, parts: Iterable[bytes], size: int, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Text of about this many bytes: at once when short, streamed when long."""
    headers = {**headers, "Content-Type": "text/plain;charset=utf-8"}
    if size <= BUFFERED_BYTES:
        return _zipped(request, web.Response(body=b"".join(parts), headers=headers))
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    for part in parts:
        await response.write(part)
    await response.write_eof()
    return response


def _zipped(request: web.Request, response: web.Response) -> web.Response:
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)
    return response
