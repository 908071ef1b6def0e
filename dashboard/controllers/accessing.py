"""A person's own access to a controller: a token given or made, tested, revoked.

All of these wait for the controller and raise JenkinsError; `refusal` puts that into words.
"""

from __future__ import annotations

from django.utils import timezone

from dashboard.controllers.connecting import client_for, client_of, explain
from dashboard.controllers.models import Access, Controller
from dashboard.people.models import User
from jenkins_api import Jenkins, JenkinsError, NotAuthorised

TOKEN_NAME = "Runboard"  # noqa: S105  what a token is called in Jenkins


def give_token(person: User, controller: Controller, *, user: str, token: str) -> Access:
    """Prove a pasted API token and keep it."""
    with client_of(controller, user=user, token=token) as jenkins:
        _prove(jenkins, controller)
    return _keep(person, controller, user=user, token=token)


def make_token(person: User, controller: Controller, *, user: str, password: str) -> Access:
    """Have Jenkins make a token for ``user``, prove and keep it; the password is not kept."""
    with client_of(controller, user=user, password=password) as jenkins:
        _prove(jenkins, controller)
        made = jenkins.make_api_token(TOKEN_NAME)
    with client_of(controller, user=user, token=made.value) as jenkins:
        _prove(jenkins, controller)
    return _keep(person, controller, user=user, token=made.value, token_uuid=made.uuid)


def try_access(access: Access) -> None:
    """Ask Jenkins whether it still takes the token, and keep what it said."""
    try:
        with client_for(access.controller, access) as jenkins:
            _prove(jenkins, access.controller)
    except NotAuthorised as error:
        access.note_refusal(refusal(error, access.user, "API token"))
        raise
    Access.objects.filter(pk=access.pk).update(proved_at=timezone.now(), trouble="")


def drop_access(access: Access) -> None:
    """Forget a token, and revoke it in Jenkins where Runboard had it made.

    It is forgotten first: whatever Jenkins answers, no launch goes out with it any more.
    """
    access.delete()
    if access.token_uuid:
        with client_for(access.controller, access) as jenkins:
            jenkins.revoke_api_token(access.token_uuid)


def refusal(error: JenkinsError, user: str, secret: str) -> str:
    """Why an access does not work, in words; ``secret`` is what was tried."""
    if isinstance(error, NotAuthorised) and error.status == 401:
        return f"Jenkins answered 401: this {secret} is not one of {user}’s."
    return explain(error, user)


def _prove(jenkins: Jenkins, controller: Controller) -> None:
    """NotAuthorised unless Jenkins takes us for somebody."""
    if jenkins.whoami().is_anonymous:
        raise NotAuthorised("Jenkins takes us for nobody", url=controller.url, status=401)


def _keep(
    person: User, controller: Controller, *, user: str, token: str, token_uuid: str = ""
) -> Access:
    access = Access.objects.filter(person=person, controller=controller).first()
    access = access or Access(person=person, controller=controller)
    access.user, access.token, access.token_uuid = user, token, token_uuid
    access.proved_at, access.trouble = timezone.now(), ""
    access.save()
    return access
