"""Pages of the controller itself: is it up, who am I, executors."""

from aiohttp import web

from demo_jenkins.exporting import Bean
from demo_jenkins.people import Permission
from demo_jenkins.sessions import CRUMB_FIELD
from demo_jenkins.shown.machines import (
    crumb_issuer_bean,
    overall_load_bean,
    root_bean,
    who_am_i_bean,
)
from demo_jenkins.shown.plugins import PLUGINS, plugin_bean, plugins_bean
from demo_jenkins.web import answers
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import api, page

CRUMB_XPATH = 'concat(//crumbRequestField,":",//crumb)'


@page("root", "login", is_public=True)
async def login(call: Call) -> web.Response:
    """The sign-in page: answers everybody, so it tells whether the controller is up."""
    return answers.page(call.controller, "Sign in to Jenkins", title="Sign in - Jenkins")


@page("root", "logout", is_public=True)
async def logout(call: Call) -> web.Response:
    """End the session, and with it its crumb."""
    sessions = call.controller.sessions
    sessions.close(call.request.cookies.get(sessions.cookie_name))
    return call.redirect_to("")


@page("root", "")
async def dashboard(call: Call) -> web.Response:
    """The start page."""
    return answers.page(call.controller, "Dashboard", title="Dashboard - Jenkins")


@api("root", "")
def root(call: Call) -> Bean:
    """The controller with its jobs."""
    return root_bean(call.view)


@page("root", "whoAmI", is_public=True)
async def who_am_i_page(call: Call) -> web.Response:
    """Who the caller is, for people."""
    return answers.page(call.controller, call.user.id, title="Who Am I?")


@api("root", "whoAmI/", is_public=True)
def who_am_i(call: Call) -> Bean:
    """Who the caller is."""
    return who_am_i_bean(call.view)


@page("root", "crumbIssuer/api/json")
@page("root", "crumbIssuer/api/python")
async def crumb_issuer(call: Call) -> web.Response:
    """The crumb of this session; 404 without CSRF protection."""
    session_id = _session_id(call)
    return _with_session(call, session_id, call.exported(crumb_issuer_bean(call.view, session_id)))


@page("root", "crumbIssuer/api/xml")
async def crumb_as_text(call: Call) -> web.Response:
    """The form that shell scripts ask for, of all texts that an ``xpath`` gives the only one."""
    session_id = _session_id(call)
    if call.value("xpath") != CRUMB_XPATH:
        shown = call.exported(crumb_issuer_bean(call.view, session_id))
        return _with_session(call, session_id, shown)
    text = f"{CRUMB_FIELD}:{call.controller.sessions.crumb(call.user.id, session_id)}"
    return _with_session(call, session_id, call.text(text))


@api("root", "overallLoad/")
def overall_load(call: Call) -> Bean:
    """How busy the controller is."""
    return overall_load_bean(call.view, "hudson.model.OverallLoadStatistics")


@api("root", "pluginManager/")
def plugins(call: Call) -> Bean:
    """The plugins there are, for administrators.

    PluginManager.getApi asks for Overall/SystemRead, which out of the box only they have.
    """
    call.require(Permission.ADMINISTER)
    return plugins_bean()


@api("root", "pluginManager/plugin/{}/")
def plugin(call: Call) -> Bean:
    """One of them."""
    call.require(Permission.ADMINISTER)
    if call.words[0] not in PLUGINS:
        raise answers.not_found()
    return plugin_bean(call.words[0])


def _session_id(call: Call) -> str:
    """The session of the request, or a new one."""
    if not call.controller.options.has_crumbs:
        raise answers.not_found()
    sessions = call.controller.sessions
    return sessions.open(call.request.cookies.get(sessions.cookie_name))


def _with_session(call: Call, session_id: str, answer: web.Response) -> web.Response:
    answer.set_cookie(call.controller.sessions.cookie_name, session_id, httponly=True)
    return answer
