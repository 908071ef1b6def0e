"""Pages of users: their record and their API tokens."""

import json

from aiohttp import web

from demo_jenkins.exporting import Bean
from demo_jenkins.people import Permission
from demo_jenkins.shown.machines import user_bean
from demo_jenkins.web import answers
from demo_jenkins.web.answers import Refusal, empty
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import api, page

_TOKENS = "descriptorByName/jenkins.security.ApiTokenProperty"


@api("user", "")
def user(call: Call) -> Bean:
    """A user's record."""
    return user_bean(call.view, call.account)


@page("user", "")
async def user_page(call: Call) -> web.Response:
    """The same for people."""
    return answers.page(call.controller, call.account.id, title=f"{call.account.id} - Jenkins")


@page("user", f"{_TOKENS}/generateNewToken", needs_post=True)
async def generate_token(call: Call) -> web.Response:
    """A new token; its value is told this once."""
    _check_own(call)
    token, value = call.account.add_token(call.value("newTokenName") or "Token")
    call.controller.people.save()
    data = {
        "aboutToExpire": False,
        "tokenName": token.name,
        "tokenUuid": token.uuid,
        "tokenValue": value,
        "expirationDate": "never",
    }
    return _json({"status": "ok", "data": data})


@page("user", f"{_TOKENS}/revoke", needs_post=True)
async def revoke_token(call: Call) -> web.Response:
    """Make a token useless; 200 also when it is unknown."""
    _check_own(call)
    uuid = call.value("tokenUuid")
    if not uuid:
        raise Refusal(400, "The token UUID must not be empty", in_container=True)
    call.account.tokens = [token for token in call.account.tokens if token.uuid != uuid]
    call.controller.people.save()
    return empty(200)


@page("user", f"{_TOKENS}/rename", needs_post=True)
async def rename_token(call: Call) -> web.Response:
    """Give a token another name; 200 with an error in it where there is none."""
    _check_own(call)
    uuid, name = call.value("tokenUuid"), call.value("newName")
    if not uuid:
        raise Refusal(400, "The token UUID must not be empty", in_container=True)
    known = [token for token in call.account.tokens if token.uuid == uuid]
    if not known or not name:
        message = "No token found, try refreshing the page" if name else "The name is empty"
        return _json({"status": "error", "message": message})
    known[0].name = name
    call.controller.people.save()
    return empty(200)


@page("user", f"{_TOKENS}/revokeAll", needs_post=True)
@page("user", f"{_TOKENS}/revokeAllExcept", needs_post=True)
async def revoke_all_tokens(call: Call) -> web.Response:
    """Make all tokens useless, or all but one."""
    _check_own(call)
    kept = call.value("tokenUuid") if call.request.path.endswith("Except") else None
    if kept == "":
        raise Refusal(400, "The token UUID must not be empty", in_container=True)
    call.account.tokens = [token for token in call.account.tokens if token.uuid == kept]
    call.controller.people.save()
    return empty(200)


def _json(data: object) -> web.Response:
    body = json.dumps(data).encode()
    return web.Response(body=body, headers={"Content-Type": "application/json;charset=utf-8"})


def _check_own(call: Call) -> None:
    """Tokens are their owner's business, and administrators'."""
    if call.user is not call.account:
        call.require(Permission.ADMINISTER)
