"""The controller itself: is it up, whom does it take us for, what does it build."""

from __future__ import annotations

from jenkins_api.calls.base import Calls
from jenkins_api.reading.executors import EXECUTORS_TREE, executors
from jenkins_api.reading.people import IDENTITY_TREE, identity
from jenkins_api.records import Executors, Identity, ServerStatus


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

    def whoami(self) -> Identity:
        """Whom Jenkins takes us for; NotAuthorised (401) where user or token is wrong."""
        query = {"tree": IDENTITY_TREE}
        return self._transport.get("/whoAmI/api/json", query).read_json(identity)

    def executors(self) -> Executors:
        """Every node and every running build, in one request (contract 9.1)."""
        answer = self._transport.get("/computer/api/json", {"tree": EXECUTORS_TREE})
        return answer.read_json(lambda fields: executors(fields, answer.session))
