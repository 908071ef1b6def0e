"""Answers in Jenkins's three styles: JSON, its own HTML pages, and its container's error pages."""

import html
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import quote_plus

from aiohttp import web

from demo_jenkins import pythonwriting
from demo_jenkins.controller import VERSION, Controller

BUFFERED_BYTES = 1 << 20  # a longer text is streamed
_JETTY = "Powered by Jetty:// 12.1.1"


class Refusal(Exception):
    """Raised to answer a request with an error; by default with a page of Jenkins.

    ``in_container`` chooses the container's page, ``is_empty`` none; one that ``asks_to_sign_in``
    leads a browser on. A name of ``headers`` may be there twice.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        in_container: bool = False,
        is_empty: bool = False,
        asks_to_sign_in: bool = False,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or HTTPStatus(status).phrase
        self.in_container = in_container
        self.is_empty = is_empty
        self.asks_to_sign_in = asks_to_sign_in
        self.headers = list(headers.items() if isinstance(headers, Mapping) else headers)


def not_found() -> Refusal:
    """There is no such page, or the caller may not know of it."""
    text = "This page may not exist, or you may not have permission to see it."
    return Refusal(404, f"Not Found {text}")


def sign_in_first(headers: Iterable[tuple[str, str]] = ()) -> Refusal:
    """The caller gave no credentials, and without them may not."""
    return Refusal(403, "Authentication required", asks_to_sign_in=True, headers=headers)


def failure(message: str) -> Refusal:
    """What was asked for makes no sense to Jenkins (hudson.model.Failure)."""
    header = re.sub(r"[^\x20-\x7e]", "?", message)
    return Refusal(400, f"Error {message}", headers={"X-Error": header})


def problem() -> Refusal:
    """What an exception inside Jenkins looks like: its id, never its text."""
    text = "A problem occurred while processing the request"
    return Refusal(500, f"Oops! {text} Logging ID={uuid.uuid4()}")


def identity(controller: Controller) -> dict[str, str]:
    """Headers that name the version and the present start of the controller."""
    return {"X-Jenkins": VERSION, "X-Jenkins-Session": controller.session}


def data_headers(controller: Controller) -> dict[str, str]:
    """Headers of all that is asked for below ``api/``, refusals included (Api.setHeaders)."""
    safe = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "deny"}
    return {**identity(controller), **safe}


def as_json(request: web.Request, controller: Controller, data: object) -> web.Response:
    """An ``api/json`` answer, indented by ``pretty``, or the same data as ``api/python``."""
    indent = 2 if "pretty" in request.query else None
    if request.path.endswith("/api/python"):
        return as_data(request, controller, pythonwriting.to_text(data, indent), "text/x-python")
    separators = None if indent else (",", ":")
    text = json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)
    return as_data(request, controller, text, "application/json")


def as_data(
    request: web.Request, controller: Controller, text: str, kind: str, status: int = 200
) -> web.Response:
    """What is asked for below ``api/``, as text of this media type."""
    headers = {**data_headers(controller), "Content-Type": f"{kind};charset=utf-8"}
    body = text.encode("utf-8", "replace")
    return _zipped(request, web.Response(status=status, body=body, headers=headers))


def page(
    controller: Controller, text: str, *, title: str = "Jenkins", status: int = 200
) -> web.Response:
    """One of Jenkins's own HTML pages."""
    body = (
        f"<!DOCTYPE html><html><head><title>{html.escape(title)}</title></head>"
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        f"<footer>Jenkins {VERSION}</footer></body></html>"
    )
    return _html(controller, body, status)


def refused(request: web.Request, controller: Controller, refusal: Refusal) -> web.Response:
    """The page for a refusal."""
    is_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    if refusal.is_empty:
        response = empty(refusal.status)
    elif refusal.asks_to_sign_in and is_script:
        return _container_page(request, 403, "Forbidden")
    elif refusal.asks_to_sign_in:
        response = _leading_to_sign_in(request, controller, refusal.message)
    elif refusal.in_container:
        response = _container_page(request, refusal.status, refusal.message)
    else:
        response = page(controller, refusal.message, status=refusal.status)
    for name, value in refusal.headers:
        response.headers.add(name, value)
    return response


def _leading_to_sign_in(request: web.Request, controller: Controller, message: str) -> web.Response:
    """A white page that a browser leaves at once (HudsonAuthenticationEntryPoint)."""
    url = f"{controller.options.prefix}/login?from={quote_plus(request.raw_path)}"
    body = (
        f"<html><head><meta http-equiv='refresh' content='1;url={html.escape(url)}'/></head>"
        f"<body style='background-color:white; color:white;'>{html.escape(message)}</body></html>"
    )
    return _html(controller, body, 403)


def _html(controller: Controller, body: str, status: int) -> web.Response:
    headers = {"X-Hudson": "1.395", **identity(controller)}
    headers["Content-Type"] = "text/html;charset=utf-8"
    return web.Response(status=status, body=body.encode(), headers=headers)


def _container_page(request: web.Request, status: int, message: str) -> web.Response:
    what = html.escape(f"{status} {message}")
    text = (
        f"<html><head><title>Error {what}</title></head><body><h2>HTTP ERROR {what}</h2><table>"
        f"<tr><th>URI:</th><td>{html.escape(request.path)}</td></tr>"
        f"<tr><th>STATUS:</th><td>{status}</td></tr>"
        f"<tr><th>MESSAGE:</th><td>{html.escape(message)}</td></tr>"
        f"<tr><th>SERVLET:</th><td>Stapler</td></tr></table><hr/>{_JETTY}</body></html>"
    )
    return web.Response(
        status=status,
        body=text.encode("iso-8859-1", "xmlcharrefreplace"),
        headers={"Content-Type": "text/html;charset=iso-8859-1"},
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
