"""Pages of nodes: the built-in one and agents."""

from aiohttp import web

from demo_jenkins.exporting import Bean
from demo_jenkins.people import Permission
from demo_jenkins.shown.machines import computer_bean, label_bean
from demo_jenkins.web import answers
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import api, page


@api("node", "")
def computer(call: Call) -> Bean:
    """A node with what runs on it."""
    return computer_bean(call.view, call.node)


@page("node", "")
async def computer_page(call: Call) -> web.Response:
    """A page for people, to which taking a node out of use leads back."""
    return answers.page(call.controller, call.node.display_name, title=call.node.display_name)


@api("root", "label/{}/")
def label(call: Call) -> Bean:
    """A label and the nodes that have it."""
    return label_bean(call.view, call.words[0])


@page("node", "toggleOffline", needs_post=True, permission=Permission.ADMINISTER)
async def toggle_offline(call: Call) -> web.Response:
    """Take a node out of use, or back in; what runs on it goes on."""
    node = call.node
    node.is_offline = not node.is_offline
    node.offline_reason = call.value("offlineMessage") or "" if node.is_offline else ""
    call.controller.dispatcher.hurry()
    return call.redirect_back(f"computer/{node.name or '(built-in)'}/")
