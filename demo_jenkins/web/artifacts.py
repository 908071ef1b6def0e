"""Files that builds keep: one by one, as a listing, or all in one archive."""

import io
import mimetypes
import zipfile
from html import escape
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from demo_jenkins.web.answers import Refusal, not_found
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import page

ZIP = ["*zip*", "archive.zip"]
VIEW = "*view*"
# Jenkins serves what builds made without letting it run in a browser
SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'"}


@page("build", "artifact/{*}")
async def artifact(call: Call) -> web.StreamResponse:
    """A file by its path (byte ranges work), a folder's listing, or everything zipped."""
    if call.request.method not in ("GET", "HEAD"):
        raise Refusal(400, in_container=True)
    root = call.controller.home.archive_path(call.build).resolve()
    words, is_view = call.words, False
    if words[-2:] == ZIP:
        return _zipped(root / "/".join(words[:-2]))
    if words[-1:] == [VIEW]:
        words, is_view = words[:-1], True
    path = (root / "/".join(words)).resolve()
    if not path.exists() or not path.is_relative_to(root):
        raise not_found()
    if path.is_dir():
        return _listing(call, path, root)
    kind = "text/plain" if is_view else mimetypes.guess_type(path.name)[0]
    headers = {**SANDBOX, "Content-Type": kind or "application/octet-stream"}
    return web.FileResponse(path, headers=headers)


def _listing(call: Call, folder: Path, root: Path) -> web.Response:
    if not call.request.path.endswith("/"):
        inner = "".join(f"{quote(part)}/" for part in folder.relative_to(root).parts)
        return call.redirect_to(f"{call.build.path}artifact/{inner}")
    names = sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir())
    links = "".join(f'<li><a href="{quote(name)}">{escape(name)}</a></li>' for name in names)
    text = f"<html><body><ul>{links}</ul></body></html>"
    return web.Response(text=text, content_type="text/html", headers=SANDBOX)


def _zipped(folder: Path) -> web.Response:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return web.Response(body=packed.getvalue(), content_type="application/zip", headers=SANDBOX)
