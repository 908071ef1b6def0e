"""A person's own access to a controller: a token given or made, tested, revoked.

All that wait for the controller raise JenkinsError; `refusal` puts it into words.
"""

from __future__ import annotations

from django.utils import timezone

from dashboard.controllers.connecting import TokenUnreadable, client_for, client_of, explain
from dashboard.controllers.models import Access, Controller
from dashboard.controllers.wording import wants_crumb
from dashboard.people.models import User
from jenkins_api import AnswerLost, ApiToken, Identity, Jenkins, JenkinsError, NotAuthorised

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


def give_token(person: User, controller: Controller, *, user: str, token: str) -> Access:
    """Prove a pasted API token and keep it."""
    with client_of(controller, user=user, token=token) as jenkins:
        _prove(jenkins.prove_token(), controller)
    return _keep(person, controller, user=user, token=token)


def make_token(person: User, controller: Controller, *, user: str, password: str) -> Access:
    """Have Jenkins make a token for ``user``, prove and keep it; the password is not kept.

    One that does not serve is revoked again, else TokenLeft.
    """
    with client_of(controller, user=user, password=password) as jenkins:
        _prove(jenkins.whoami(), controller)
        try:
            made = jenkins.make_api_token(TOKEN_NAME)
        except AnswerLost as error:
            raise TokenLeft(refusal(error, user)) from error
        try:
            with client_of(controller, user=user, token=made.value) as with_token:
                _prove(with_token.prove_token(), controller)
        except JenkinsError as error:
            _revoke_again(made, jenkins, refusal(error, user))
            raise
    return _keep(person, controller, user=user, token=made.value, token_uuid=made.uuid)


def try_access(access: Access) -> None:
    """Ask Jenkins whether it still takes the token, and keep what it said."""
    try:
        with client_for(access.controller, access) as jenkins:
            _prove(jenkins.prove_token(), access.controller)
    except (NotAuthorised, TokenUnreadable) as error:
        access.note_refusal(refusal(error, access.user))
        raise
    Access.objects.filter(pk=access.pk).update(proved_at=timezone.now(), trouble="")


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
            Access.objects.filter(pk=access.pk).update(
                not_revoked=explain(error, access.user)[:500]
            )
            raise
    access.delete()


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


def _prove(identity: Identity, controller: Controller) -> None:
    """NotAuthorised unless Jenkins takes us for somebody."""
    if identity.is_anonymous:
        raise NotAuthorised("Jenkins takes us for nobody", url=controller.url, status=401)


def _keep(
    person: User, controller: Controller, *, user: str, token: str, token_uuid: str = ""
) -> Access:
    access = Access.objects.filter(person=person, controller=controller).first()
    access = access or Access(person=person, controller=controller)
    access.user, access.token, access.token_uuid = user, token, token_uuid
    access.proved_at, access.trouble, access.not_revoked = timezone.now(), "", ""
    access.save()
    return access
