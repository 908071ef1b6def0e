"""Pages of nodes: the built-in one and agents."""

import json

from aiohttp import web

from demo_jenkins.configuring import parse_xml, to_xml
from demo_jenkins.exporting import Bean
from demo_jenkins.items import is_good_name
from demo_jenkins.nodes import Executor, Node
from demo_jenkins.people import Permission
from demo_jenkins.shown.machines import computer_bean, computers_bean, label_bean
from demo_jenkins.web import answers
from demo_jenkins.web.answers import Refusal, failure
from demo_jenkins.web.calls import Call, forbidden
from demo_jenkins.web.pages import api, page


@api("root", "computer/")
def computers(call: Call) -> Bean:
    """All executors and what runs on them."""
    return computers_bean(call.view)


@page("root", "computer")
async def computers_page(call: Call) -> web.Response:
    """A page for people, to which a new agent and a removed one lead."""
    return answers.page(call.controller, "Nodes", title="Nodes - Jenkins")


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
    return call.redirect_back(node.path)


@page("root", "computer/doCreateItem", needs_post=True, permission=Permission.ADMINISTER)
async def create(call: Call) -> web.Response:
    """An agent as the ``json`` of Jenkins's form describes it; here it is at once online."""
    name = (call.value("name") or "").strip()
    if not is_good_name(name):
        raise failure(f"\u2018{name}\u2019 is an unsafe name" if name else "No name is specified")
    if call.controller.nodes.find(name):
        raise failure(f"Agent called \u2018{name}\u2019 already exists")
    described = json.loads(call.value("json") or "{}")
    node = Node(name, set(str(described.get("labelString", "")).split()))
    node.description = str(described.get("nodeDescription", ""))
    node.resize(int(described.get("numExecutors", 1)))
    call.controller.nodes.all.append(node)
    call.controller.dispatcher.hurry()
    return call.redirect_to("computer/")


@page("node", "config.xml", permission=Permission.ADMINISTER)
async def config_xml(call: Call) -> web.Response:
    """Read the configuration of an agent, or replace it by POST; the built-in node has none."""
    _check_is_agent(call)
    if call.request.method == "POST":
        call.node.configure(parse_xml(await call.request.read()))
        call.controller.dispatcher.hurry()
        return answers.empty(200)
    return web.Response(body=to_xml(call.node.to_xml()), content_type="application/xml")


@page("node", "doDelete", needs_post=True, permission=Permission.ADMINISTER)
async def delete(call: Call) -> web.Response:
    """Remove an agent."""
    _check_is_agent(call)
    await call.controller.dispatcher.remove(call.node)
    return call.redirect_to("computer/")


@page("node", "executors/{}/stop", needs_post=True)
@page("node", "executors/{}/stopBuild", needs_post=True)
async def stop(call: Call) -> web.Response:
    """Stop what runs on an executor."""
    return _stop(call, "executors", call.node.executors)


@page("node", "oneOffExecutors/{}/stop", needs_post=True)
@page("node", "oneOffExecutors/{}/stopBuild", needs_post=True)
async def stop_one_off(call: Call) -> web.Response:
    """The same where a Pipeline build runs beside the executors."""
    return _stop(call, "oneOffExecutors", call.node.one_off)


def _stop(call: Call, kind: str, executors: list[Executor]) -> web.Response:
    """Stop what runs; where ``runExtId`` names a build, only that one (Executor.doStopBuild)."""
    place = call.words[0]
    if not place.isdecimal() or int(place) >= len(executors):
        raise answers.not_found()
    execution, wanted = executors[int(place)].execution, call.value("runExtId")
    if execution and call.view.may_read(execution.build.job):
        job, number = execution.build.job, execution.build.number
        if not wanted or wanted == f"{job.full_name}#{number}":
            if not call.user.may(Permission.CANCEL, job.full_name):
                raise forbidden(call.user, Permission.CANCEL)
            execution.abort(call.user.id)
    return call.redirect_back(f"{call.node.path}{kind}/{place}/")


def _check_is_agent(call: Call) -> None:
    if not call.node.name:
        raise Refusal(400, is_empty=True)
