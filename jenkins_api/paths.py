"""Full names of jobs to URL paths and back, and ids out of addresses.

Addresses in answers may name another host or base path than the one we asked (contract 11),
so only their ``/job/...`` and ``/queue/item/N`` parts are read.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from jenkins_api.reading.fields import LARGEST_COUNT

_QUEUE_ITEM = re.compile(r"/queue/item/([0-9]{1,18})/?$")
_BUILD_NUMBER = re.compile(r"[0-9]{1,10}")
_STEPS = ("job", "view")  # each before a name; a view is a way to a job, not a part of its name


def job_path(full_name: str) -> str:
    """``qa/my job`` as ``/job/qa/job/my%20job``; each part is encoded on its own.

    A multibranch child's name holds ``%2F`` and is encoded once more (``%252F``). Raises
    ValueError for what cannot be a name: an empty part, ``.`` or ``..``, which would
    lead the request to another page.
    """
    parts = full_name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"not the full name of a job: {full_name!r}")
    return "".join(f"/job/{quote(part, safe='')}" for part in parts)


def build_path(full_name: str, number: int) -> str:
    """``/job/qa/job/smoke/12``."""
    return f"{job_path(full_name)}/{number:d}"


def artifact_path(path: str) -> str:
    """``logs/a b.txt`` as ``artifact/logs/a%20b.txt``; ValueError if it leads elsewhere."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"not the path of an artifact: {path!r}")
    return "artifact/" + "/".join(quote(part, safe="") for part in parts)


def split_job_url(url: str) -> tuple[str, int | None] | None:
    """Full name and, if the address is a build's, its number; None if it is neither.

    Relative addresses are read too: a Pipeline's node step has ``job/qa/job/x/12/``. A way
    through views (``/view/all/job/qa/view/mine/job/x/``) leads to the same. Parts of a matrix
    or Maven job (``/job/m/axis=1/``) are no jobs of their own here.
    """
    try:
        parts = [part for part in urlsplit(url).path.split("/") if part]
    except ValueError:  # a host that is none, such as http://[x/
        return None
    at = next((at for at, part in enumerate(parts) if part in _STEPS), len(parts))
    names = []
    while at + 1 < len(parts) and parts[at] in _STEPS:
        if parts[at] == "job":
            names.append(unquote(parts[at + 1]))
        at += 2
    rest = parts[at:]
    full_name = "/".join(names)
    if names and not rest:
        return full_name, None
    is_build = names and len(rest) == 1 and _BUILD_NUMBER.fullmatch(rest[0])
    if is_build and int(rest[0]) <= LARGEST_COUNT:
        return full_name, int(rest[0])
    return None


def full_name_from_url(url: str) -> str | None:
    """The full name of the job that ``url``, a job's or a build's address, speaks of."""
    found = split_job_url(url)
    return found[0] if found else None


def queue_id_from_location(location: str) -> int | None:
    """The id in ``.../queue/item/N/``, whatever host or base path stands before it."""
    found = _QUEUE_ITEM.search(location)
    return int(found[1]) if found else None
