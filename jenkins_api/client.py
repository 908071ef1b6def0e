"""The calls. Each is one exchange (``jobs`` a few): no loop over time, no sleep, no retry."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from urllib.parse import unquote, urlsplit

from jenkins_api import parsing
from jenkins_api.errors import NotAuthorised
from jenkins_api.failures import redirect_target, unexpected_answer
from jenkins_api.paths import build_path, job_path, queue_id_from_location
from jenkins_api.records import (
    Build,
    ConsoleChunk,
    Executors,
    Identity,
    Job,
    Queue,
    QueueItem,
    QueueItemRef,
    Report,
    ServerStatus,
)
from jenkins_api.transport import Answer, Transport

MOST_CONSOLE_BYTES = 16 * 1024 * 1024
_CATALOGUE_LEVELS = 4  # of folders in one answer


class Jenkins:
    """A Jenkins controller, spoken to as ``user`` with an API ``token`` ("": signed out).

    ``url`` may have a base path (``https://ci.example/jenkins``) and must hold no password
    (ValueError). ``read_timeout_s`` limits a silence, ``answer_timeout_s`` the whole body.
    ``verify`` is False or the path of a CA bundle as in requests. Threads may share one.
    Times end in their unit; every call raises NotSent, AnswerLost, NotAuthorised,
    Unavailable or UnexpectedAnswer, and jobs are named by their full name, ``qa/smoke``.
    """

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        token: str = "",
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 10.0,
        answer_timeout_s: float = 120.0,
        verify: bool | str = True,
    ) -> None:
        self._user = user
        self._transport = Transport(
            url,
            user=user,
            token=token,
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            answer_timeout_s=answer_timeout_s,
            verify=verify,
        )

    def __repr__(self) -> str:
        return f"Jenkins({self._transport.root!r}, user={self._user!r})"

    def __enter__(self) -> Jenkins:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def is_up(self) -> ServerStatus:
        """Ask the one page that everybody may read, without credentials; Unavailable on 503."""
        answer = self._transport.head("/login")
        return ServerStatus(
            version=answer.version,
            session=answer.session,
            answered_in_s=answer.answered_in_s,
            clock_offset_s=answer.clock_offset_s,
        )

    def whoami(self) -> Identity:
        """Whom Jenkins takes us for; NotAuthorised (401) where user or token is wrong."""
        query = {"tree": parsing.IDENTITY_TREE}
        return self._transport.get("/whoAmI/api/json", query).read_json(parsing.identity)

    def jobs(self) -> tuple[Job, ...]:
        """Every job that we may read, folders walked: one request for four levels of them.

        A folder at the fourth level costs a request of its own; one that vanishes meanwhile
        is left out.
        """
        found: list[Job] = []
        asked: set[str] = set()
        waiting = [""]
        query = {"tree": parsing.catalogue_tree(_CATALOGUE_LEVELS)}
        while waiting:
            folder = waiting.pop()
            asked.add(folder)
            path = job_path(folder) if folder else ""
            answer = self._transport.get(
                f"{path}/api/json", query, expect=(200, 404) if folder else (200,)
            )
            if answer.status == 404:
                continue
            jobs, deeper = answer.read_json(lambda tree: parsing.catalogue(tree, _CATALOGUE_LEVELS))
            found += jobs
            waiting += [name for name in deeper if name not in asked]
        return tuple(found)

    def job(self, full_name: str) -> Job:
        """One job with its parameters; UnexpectedAnswer (404) where there is none."""
        path = f"{job_path(full_name)}/api/json"
        return self._transport.get(path, {"tree": parsing.JOB_TREE}).read_json(parsing.job)

    def start_build(
        self, job: str, parameters: Mapping[str, str] | None = None, *, delay_s: int | None = 0
    ) -> QueueItemRef:
        """Ask for a build, once. ``parameters`` is None for a plain job, else a mapping.

        201 is a queue item; 303 means that an equal one was waiting and ours was folded into
        it. Parameters go in the body, since an address may be cut at 8 KiB. ``delay_s`` None
        keeps Jenkins's quiet period. Source: ParameterizedJobMixIn, ParametersDefinitionProperty.

        UnexpectedAnswer: 404 no such job, 409 disabled, 400 plain or parameterized after all,
        500 a value that is no choice. **Its status 201 or 303 means that the build was taken**
        but the answer does not say which queue item it is.
        """
        action = "build" if parameters is None else "buildWithParameters"
        query = None if delay_s is None else {"delay": f"{delay_s:d}sec"}  # a bare number is ms
        answer = self._transport.post(
            f"{job_path(job)}/{action}", query, parameters, expect=(201, 303)
        )
        queue_id = queue_id_from_location(answer.headers.get("Location", ""))
        if queue_id is not None:
            return QueueItemRef(queue_id, created=answer.status == 201, status=answer.status)
        if answer.status == 303:
            raise unexpected_answer(answer.status, answer.headers, answer.body, answer.url)
        raise answer.unexpected("its Location names no queue item")

    def queue(self) -> Queue:
        """All waiting items that we may read; nothing that has left."""
        query = {"tree": f"items[{parsing.QUEUE_ITEM_TREE}]"}
        answer = self._transport.get("/queue/api/json", query)
        return Queue(
            items=answer.read_json(parsing.queue_items),
            session=answer.session,
            clock_offset_s=answer.clock_offset_s,
            version=answer.version,
            answered_in_s=answer.answered_in_s,
        )

    def queue_item(self, queue_id: int) -> QueueItem | None:
        """One item; None once forgotten: five minutes after it left the queue (Queue.java)."""
        answer = self._transport.get(
            f"/queue/item/{queue_id:d}/api/json",
            {"tree": parsing.QUEUE_ITEM_TREE},
            expect=(200, 404),
        )
        return None if answer.status == 404 else answer.read_json(parsing.queue_item)

    def executors(self) -> Executors:
        """Every node and every running build, in one request (contract 9.1)."""
        answer = self._transport.get("/computer/api/json", {"tree": parsing.EXECUTORS_TREE})
        return answer.read_json(lambda fields: parsing.executors(fields, answer.session))

    def build(self, job: str, number: int) -> Build | None:
        """One build; None where the job has none of this number (any more)."""
        answer = self._transport.get(
            f"{build_path(job, number)}/api/json", {"tree": parsing.BUILD_TREE}, expect=(200, 404)
        )
        return None if answer.status == 404 else answer.read_json(parsing.build)

    def recent_builds(self, job: str, limit: int = 50) -> tuple[Build, ...]:
        """The newest builds, newest first, in one request; Jenkins gives 100 at most."""
        query = {"tree": f"builds[{parsing.BUILD_TREE}]{{0,{limit:d}}}"}
        answer = self._transport.get(f"{job_path(job)}/api/json", query)
        return answer.read_json(parsing.builds)

    def test_report(self, job: str, number: int) -> Report | None:
        """The build's test report; None where it recorded none."""
        answer = self._transport.get(
            f"{build_path(job, number)}/testReport/api/json",
            {"tree": parsing.REPORT_TREE},
            expect=(200, 404),
        )
        return None if answer.status == 404 else answer.read_json(parsing.report)

    def console(self, job: str, number: int, start: int = 0) -> ConsoleChunk:
        """The log from byte ``start``, an offset that an earlier chunk gave (contract 7).

        A piece over 16 MiB is cut after a line and has more. Its ``next_start`` is then counted
        from the text, so it is exact only where the log has no CRLF of its own.
        """
        answer = self._transport.get(
            f"{build_path(job, number)}/logText/progressiveText",
            {"start": f"{start:d}"},
            most_bytes=MOST_CONSOLE_BYTES,
        )
        size = answer.headers.get("X-Text-Size", "")
        if not size.isdecimal():
            raise answer.unexpected("no log: it has no X-Text-Size")
        has_more = answer.headers.get("X-More-Data", "").lower() == "true"
        if answer.is_cut:
            return _cut_chunk(answer.body, start, is_rotated=int(size) < start)
        text = answer.body.replace(b"\r\n", b"\n")
        return ConsoleChunk(text, start=start, next_start=int(size), has_more=has_more)

    def stop_build(self, job: str, number: int) -> None:
        """Ask a build to stop; it ends a little later. No effect on one that has ended."""
        path = build_path(job, number)
        answer = self._transport.post(f"{path}/stop", expect=(302,))
        _check_went_back(answer, path)

    def cancel_queue_item(self, queue_id: int) -> bool:
        """Take a waiting item out of the queue; False where it has already left.

        NotAuthorised (422) where we may not. Source: Queue.doCancelItem.
        """
        answer = self._transport.post(
            "/queue/cancelItem", {"id": f"{queue_id:d}"}, expect=(204, 404, 422, 500)
        )
        if answer.status == 422:
            raise NotAuthorised(
                f"422 from {answer.url}: cancelling is not allowed", url=answer.url, status=422
            )
        return answer.status == 204


def _cut_chunk(body: bytes, start: int, *, is_rotated: bool) -> ConsoleChunk:
    whole_lines = body[: body.rfind(b"\n") + 1] or body.rstrip(b"\r")
    text = whole_lines.replace(b"\r\n", b"\n")
    next_start = len(text) if is_rotated else start + len(text)
    return ConsoleChunk(text, start=start, next_start=next_start, has_more=True)


def _check_went_back(answer: Answer, path: str) -> None:
    """Jenkins answers most POSTs by sending us back to the page of what was changed.

    Where a proxy sends us elsewhere (its sign-in, https), nothing was done.
    """
    target = redirect_target(answer.url, answer.headers.get("Location", ""))
    if not unquote(urlsplit(target).path).rstrip("/").endswith(unquote(path)):
        raise unexpected_answer(answer.status, answer.headers, answer.body, answer.url)
