"""The client: connection and credentials; its calls stand in ``calls``, by subject."""

from __future__ import annotations

from types import TracebackType

from jenkins_api.calls.builds import BuildCalls
from jenkins_api.calls.consoles import ConsoleCalls
from jenkins_api.calls.jobs import JobCalls
from jenkins_api.calls.launching import LaunchCalls
from jenkins_api.calls.people import PeopleCalls
from jenkins_api.calls.pipelines import PipelineCalls
from jenkins_api.calls.queue import QueueCalls
from jenkins_api.calls.server import ServerCalls
from jenkins_api.transport import Transport


class Jenkins(
    ServerCalls,
    PeopleCalls,
    JobCalls,
    LaunchCalls,
    QueueCalls,
    BuildCalls,
    ConsoleCalls,
    PipelineCalls,
):
    """A Jenkins controller, spoken to as ``user`` with an API ``token`` ("": signed out).

    ``url`` may have a base path (``https://ci.example/jenkins``) and must hold no password
    (ValueError). A ``password`` in place of a token works too: each POST then carries a crumb.
    ``read_timeout_s`` limits a silence, ``answer_timeout_s`` a whole exchange from connecting to
    the last byte (of logs and files that are read piece by piece: to the last header); resolving
    a name, and further addresses of a host, may add to it. A POST with a password may need four.
    ``verify`` (False, or the path of a CA bundle) and ``certificate`` (of ours, one file or
    certificate and key) are as in requests. Threads may share one client.

    Every call raises NotSent, AnswerLost, NotAuthorised, Unavailable or UnexpectedAnswer.
    Jobs are named by their full name, ``qa/smoke``; ValueError for what cannot be one.
    """

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        token: str = "",
        password: str = "",
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 10.0,
        answer_timeout_s: float = 120.0,
        verify: bool | str = True,
        certificate: str | tuple[str, str] | None = None,
    ) -> None:
        self._user = user
        self._transport = Transport(
            url,
            user=user,
            token=token,
            password=password,
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            answer_timeout_s=answer_timeout_s,
            verify=verify,
            certificate=certificate,
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
