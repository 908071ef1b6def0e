"""Pages of the controller itself: is it up, who am I, executors."""

from aiohttp import web

from demo_jenkins.exporting import Bean
from demo_jenkins.people import Permission
from demo_jenkins.web import answers
from demo_jenkins.web.calls import Call, api, forbidden, page


@page("root", "login", is_public=True)
async def login(call: Call) -> web.Response:
    """The sign-in page: answers everybody, so it tells whether the controller is up."""
    return answers.page(call.controller, "Sign in to Jenkins", title="Sign in - Jenkins")


@page("root", "")
async def dashboard(call: Call) -> web.Response:
    """The start page."""
    return answers.page(call.controller, "Dashboard", title="Dashboard - Jenkins")


@api("root", "")
def root(call: Call) -> Bean:
    """The controller with its jobs."""
    return call.show.root()


@api("root", "whoAmI/", is_public=True)
def who_am_i(call: Call) -> Bean:
    """Who the caller is."""
    return call.show.who_am_i()


@api("root", "me/")
def me(call: Call) -> Bean:
    """The caller's own record."""
    if call.user.is_anonymous:
        raise forbidden(call.user, Permission.READ)
    return call.show.me()


@api("root", "computer/")
def computers(call: Call) -> Bean:
    """All executors and what runs on them."""
    return call.show.computers()


@api("root", "computer/(built-in)/")
def computer(call: Call) -> Bean:
    """The built-in node."""
    return call.show.computer()
