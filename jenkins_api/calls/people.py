"""Who we are to Jenkins: identity, user record, API tokens."""

from __future__ import annotations

from jenkins_api.answers import MOST_PAGE_BYTES
from jenkins_api.calls.base import Calls, check_no_page
from jenkins_api.reading.people import IDENTITY_TREE, USER_TREE, api_token, identity, user
from jenkins_api.records import ApiToken, Identity, User

_TOKENS = "/me/descriptorByName/jenkins.security.ApiTokenProperty"


class PeopleCalls(Calls):
    """Calls about the account that we use.

    API tokens are made and revoked, but not listed: Jenkins shows them on the user's HTML page
    alone, and no remote API tells them (contract 1).
    """

    def whoami(self) -> Identity:
        """Whom Jenkins takes us for; NotAuthorised (401) where user or token is wrong."""
        query = {"tree": IDENTITY_TREE}
        return self._transport.get("/whoAmI/api/json", query).read_json(identity)

    def my_user(self) -> User:
        """The record of our own user; NotAuthorised (403) for anonymous."""
        return self._transport.get("/me/api/json", {"tree": USER_TREE}).read_json(user)

    def make_api_token(self, name: str) -> ApiToken:
        """Make an API token for our own user; its value is told this once.

        UnexpectedAnswer (200) with Jenkins's words where it refuses. Source: ApiTokenProperty.
        """
        form = {"newTokenName": name}
        answer = self._transport.post(
            f"{_TOKENS}/generateNewToken", form=form, expect=(200,), most_bytes=MOST_PAGE_BYTES
        )
        return answer.read_json(api_token)

    def revoke_api_token(self, uuid: str) -> None:
        """Revoke one of our own tokens by its uuid; no error where there is none of it."""
        form = {"tokenUuid": uuid}
        answer = self._transport.post(
            f"{_TOKENS}/revoke", form=form, expect=(200,), most_bytes=MOST_PAGE_BYTES
        )
        check_no_page(answer)
