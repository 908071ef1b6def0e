"""The controller itself: is it up, how is it set up, what does it build."""

from __future__ import annotations

from jenkins_api.answers import MOST_PAGE_BYTES
from jenkins_api.calls.base import Calls
from jenkins_api.reading.executors import EXECUTORS_TREE, executors
from jenkins_api.reading.people import IDENTITY_TREE, identity
from jenkins_api.reading.server import SERVER_TREE, server_facts
from jenkins_api.records import Executors, Identity, ServerFacts, ServerStatus


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

    def prove_token(self) -> Identity:
        """Whom Jenkins takes us for, asked by a POST: only an API token passes without a crumb.

        NotAuthorised (403 "No valid crumb") where a password was given as one. Where CSRF
        protection is off it passes, and does as well. Changes nothing, and anybody may ask it.
        Source: CrumbFilter, WhoAmI.
        """
        answer = self._transport.post(
            "/whoAmI/api/json", {"tree": IDENTITY_TREE}, expect=(200,), most_bytes=MOST_PAGE_BYTES
        )
        return answer.read_json(identity)
