"""The controller itself: is it up, how is it set up, what does it build."""

from __future__ import annotations

from jenkins_api.calls.base import Calls
from jenkins_api.reading.executors import EXECUTORS_TREE, executors
from jenkins_api.reading.server import SERVER_TREE, server_facts
from jenkins_api.records import Executors, ServerFacts, ServerStatus


class ServerCalls(Calls):
    """Calls about the whole controller."""

    def is_up(self) -> ServerStatus:
        """Ask the one page that everybody may read, without credentials; Unavailable on 503."""
        answer = self._transport.head("/login")
        return ServerStatus(
            version=answer.version,
            session=answer.session,
            answered_in_s=answer.answered_in_s,
            clock_offset_s=answer.clock_offset_s,
        )

    def executors(self) -> Executors:
        """Every node and every running build, in one request (contract 9.1)."""
        answer = self._transport.get("/computer/api/json", {"tree": EXECUTORS_TREE})
        return answer.read_json(lambda fields: executors(fields, answer.session))

    def server_facts(self) -> ServerFacts:
        """How the controller is set up, and whether it is quieting down (contract 0.2, 3.1)."""
        answer = self._transport.get("/api/json", {"tree": SERVER_TREE})
        return answer.read_json(lambda fields: server_facts(fields, answer.version, answer.session))

    def fetch_crumb(self) -> bool:
        """Fetch and keep the crumb that POSTs need beside a password; False where none is needed.

        UnexpectedAnswer where there is neither a crumb nor a clear no. Source: CrumbFilter.
        """
        return bool(self._transport.renew_crumb())
