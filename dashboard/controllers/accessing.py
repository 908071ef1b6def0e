"""A person's own access to a controller: a token given or made, tested, revoked.

All that wait for the controller raise JenkinsError; `refusal` puts it into words.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from dashboard.controllers.connecting import TokenUnreadable, client_for, client_of, explain
from dashboard.controllers.examining import who_we_are
from dashboard.controllers.models import Access, Controller
from dashboard.controllers.wording import wants_crumb
from dashboard.people.models import User
from jenkins_api import AnswerLost, ApiToken, Jenkins, JenkinsError, NotAuthorised

TOKEN_NAME = "Runboard"  # noqa: S105  what a token is called in Jenkins


class TokenLeft(Exception):
    """A token was made and does not serve, and Jenkins may have it still: in words for its owner.

    Nothing of it is kept here, where it could only be launched with.
    """

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} Nothing was kept here, but a token named “{TOKEN_NAME}” may be left in "
            "Jenkins: open your name there, Security, API Token, and revoke it."
        )


def give_token(person: User, controller: Controller, *, user: str, token: str) -> str:
    """Prove a pasted API token and keep it; says what is left of one before, else ""."""
    with client_of(controller, user=user, token=token) as jenkins:
        _prove_token(jenkins, controller)
    return _keep(person, controller, user=user, token=token)


def make_token(person: User, controller: Controller, *, user: str, password: str) -> str:
    """Have Jenkins make a token for ``user``, prove and keep it; the password is not kept.

    Says what is left of one before, else "". One that does not serve is revoked again, else
    TokenLeft.
    """
    with client_of(controller, user=user, password=password) as jenkins:
        _prove(jenkins, controller)
        try:
            made = jenkins.make_api_token(TOKEN_NAME)
        except AnswerLost as error:
            raise TokenLeft(refusal(error, user)) from error
        try:
            with client_of(controller, user=user, token=made.value) as with_token:
                _prove_token(with_token, controller)
        except JenkinsError as error:
            _revoke_again(made, jenkins, refusal(error, user))
            raise
    return _keep(person, controller, user=user, token=made.value, token_uuid=made.uuid)


def try_access(access: Access) -> None:
    """Ask Jenkins whether it still takes the token, and keep what it said."""
    try:
        with client_for(access.controller, access) as jenkins:
            _prove_token(jenkins, access.controller)
    except (NotAuthorised, TokenUnreadable) as error:
        access.note_refusal(refusal(error, access.user))
        raise
    access.row().update(proved_at=timezone.now(), trouble="")


def revoke_access(access: Access) -> None:
    """Revoke in Jenkins a token that Runboard had made, and forget it.

    Where Jenkins did not revoke it, it is kept for another try: forgotten, nobody could find it
    there by its uuid. One that Jenkins no longer takes (401) needs no revoking.
    """
    try:
        with client_for(access.controller, access) as jenkins:
            jenkins.revoke_api_token(access.token_uuid)
    except JenkinsError as error:
        if not (isinstance(error, NotAuthorised) and error.status == 401):
            access.row().update(not_revoked=explain(error, access.user)[:500])
            raise
    access.row().delete()


def refusal(error: JenkinsError, user: str, *, by_password: bool = False) -> str:
    """Why the password or API token of ``user`` does not serve, in words."""
    if isinstance(error, NotAuthorised) and error.status == 401:
        secret = "password" if by_password else "API token"
        return f"Jenkins answered 401: it does not accept this {secret} for {user}."
    if wants_crumb(error) and not by_password:
        return (
            "This is a password, not an API token: Jenkins would refuse every launch with it. "
            "Paste a token, or have one made by password."
        )
    return explain(error, user)


def _revoke_again(made: ApiToken, jenkins: Jenkins, why: str) -> None:
    """Revoke a token that does not serve, because ``why``; TokenLeft where that fails, too."""
    try:
        jenkins.revoke_api_token(made.uuid)
    except JenkinsError as error:
        raise TokenLeft(why) from error


def _prove_token(jenkins: Jenkins, controller: Controller) -> None:
    """NotAuthorised unless Jenkins takes us for somebody, and the secret for an API token."""
    _prove(jenkins, controller)
    jenkins.prove_token()


def _prove(jenkins: Jenkins, controller: Controller) -> None:
    """NotAuthorised unless Jenkins takes us for somebody."""
    if not who_we_are(jenkins, controller.url):
        why = "Security is switched off in Jenkins: it looks at nobody's token"
        raise NotAuthorised(why, url=controller.url, status=200, reason=why)


def _keep(
    person: User, controller: Controller, *, user: str, token: str, token_uuid: str = ""
) -> str:
    """Keep a token, and revoke one that Runboard had made before; says where that failed.

    In this order launches meanwhile go out with a token that Jenkins takes.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)  # two tabs: one after the other
        old = Access.objects.filter(person=person, controller=controller).first()
        new = Access(person=person, controller=controller, user=user, token_uuid=token_uuid)
        new.pk = old.pk if old else None
        new.token, new.proved_at = token, timezone.now()
        new.save()
    return _revoke_replaced(old, new) if old and old.token_uuid else ""


def _revoke_replaced(old: Access, new: Access) -> str:
    """Revoke a token that was made and is kept no longer; says what is left where that failed."""
    account = new if new.user == old.user else old
    try:
        with client_for(new.controller, account) as jenkins:
            jenkins.revoke_api_token(old.token_uuid)
    except JenkinsError as error:
        if isinstance(error, NotAuthorised) and error.status == 401:
            return ""  # Jenkins takes it no longer
        return (
            f"The token that was kept before was not revoked: {explain(error, account.user)} An "
            f"older one named “{TOKEN_NAME}” may be left in Jenkins: open {old.user} there, "
            "Security, API Token, and revoke it."
        )
    return ""
