"""Pages of folders and jobs: switching, configuring, creating, deleting."""

from copy import deepcopy
from xml.etree.ElementTree import Element

from aiohttp import web

from demo_jenkins.configuring import FOLDER_TAGS, PIPELINE_TAG, parse_xml, to_xml
from demo_jenkins.exporting import Bean
from demo_jenkins.items import Folder, Item, is_good_name
from demo_jenkins.people import Permission
from demo_jenkins.shown.items import all_view_bean, item_bean, job_bean
from demo_jenkins.web import answers
from demo_jenkins.web.answers import Refusal, failure
from demo_jenkins.web.calls import Call, forbidden
from demo_jenkins.web.pages import api, page

XML_TYPES = ("application/xml", "text/xml")
# What a ``mode`` makes: the root of its configuration
MODES = {
    **{tag: tag for tag in FOLDER_TAGS},
    "hudson.model.FreeStyleProject": "project",
    "org.jenkinsci.plugins.workflow.job.WorkflowJob": PIPELINE_TAG,
}


@api("folder", "")
def folder(call: Call) -> Bean:
    """A folder with what is in it."""
    return item_bean(call.view, call.folder)


@api("root", "view/all/")
@api("folder", "view/all/")
def all_view(call: Call) -> Bean:
    """The view of everything in a folder."""
    return all_view_bean(call.view, call.folder)


@page("root", "view/all")
@page("folder", "view/all")
async def all_view_page(call: Call) -> web.Response:
    """The same for people."""
    return answers.page(call.controller, "All", title="All - Jenkins")


@api("job", "")
def job(call: Call) -> Bean:
    """A job with its parameters and builds."""
    return job_bean(call.view, call.job)


@page("folder", "")
@page("job", "")
async def item_page(call: Call) -> web.Response:
    """A page for people; DELETE removes the item (204)."""
    if call.request.method == "DELETE":
        call.require(Permission.DELETE)
        await call.controller.delete(call.item)
        return answers.empty(204)
    return answers.page(call.controller, call.item.full_display_name, title=call.item.name)


@page("folder", "configure", permission=Permission.EXTENDED_READ)
@page("job", "configure", permission=Permission.EXTENDED_READ)
async def configure_page(call: Call) -> web.Response:
    """The form that a new item leads to: clients that follow redirects end here."""
    return answers.page(call.controller, "Configure", title=f"{call.item.name} Config - Jenkins")


@page("folder", "disable", needs_post=True, permission=Permission.CONFIGURE)
@page("job", "disable", needs_post=True, permission=Permission.CONFIGURE)
async def disable(call: Call) -> web.Response:
    """Switch a job or computed folder off; for a plain folder without effect."""
    call.controller.set_in_configuration(call.item, "disabled", "true")
    return call.redirect_back(call.item.path)


@page("folder", "enable", needs_post=True, permission=Permission.CONFIGURE)
@page("job", "enable", needs_post=True, permission=Permission.CONFIGURE)
async def enable(call: Call) -> web.Response:
    """Switch it on again."""
    call.controller.set_in_configuration(call.item, "disabled", "false")
    return call.redirect_back(call.item.path)


@page("folder", "build", needs_post=True, permission=Permission.BUILD)
async def index_branches(call: Call) -> web.Response:
    """Look for branches anew, which finds the same ones; there is no queue item for it."""
    if not call.folder.is_computed:
        raise answers.not_found()
    if not call.folder.is_buildable:
        raise answers.problem()
    return call.redirect_back(call.folder.path)


@page("folder", "submitDescription", needs_post=True, permission=Permission.CONFIGURE)
@page("job", "submitDescription", needs_post=True, permission=Permission.CONFIGURE)
async def submit_description(call: Call) -> web.Response:
    """Describe a job or folder."""
    description = call.value("description") or ""
    call.controller.set_in_configuration(call.item, "description", description)
    return call.redirect_back(call.item.path)


@page("job", "description")
async def description(call: Call) -> web.StreamResponse:
    """The description as text; POST gives another one (hudson.model.Job.doDescription)."""
    if call.request.method == "POST":
        call.require(Permission.CONFIGURE)
        text = call.value("description")
        if text is None:
            raise Refusal(400, in_container=True)
        call.controller.set_in_configuration(call.job, "description", text)
        return answers.empty(204)
    shown = (call.job.config.description or "").encode()
    return await answers.plain(call.request, [shown], len(shown), {})


@page("folder", "confirmRename", needs_post=True)
@page("job", "confirmRename", needs_post=True)
@page("folder", "doRename", needs_post=True)  # the older name, which clients still use
@page("job", "doRename", needs_post=True)
async def rename(call: Call) -> web.Response:
    """Give an item another name, by the right to configure, or to create and delete."""
    if not (call.may(Permission.CREATE) and call.may(Permission.DELETE)):
        call.require(Permission.CONFIGURE)
    name, parent = call.value("newName") or "", call.item.parent
    if parent is None or not is_good_name(name):
        raise failure(f"\u2018{name}\u2019 is an unsafe name")
    if name in parent.children:
        raise failure(f"The name \u2018{name}\u2019 is already in use")
    if call.controller.has_running_builds(call.item):
        raise failure("Unable to rename a job while it is building")
    call.controller.move(call.item, parent, name)
    return call.redirect_to(call.item.path)


@page("folder", "move/move", needs_post=True, permission=Permission.CREATE)
@page("job", "move/move", needs_post=True, permission=Permission.CREATE)
async def move(call: Call) -> web.Response:
    """Move an item to the folder ``destination``, ``/`` for the root (RelocationAction)."""
    full_name, item, root = (
        (call.value("destination") or "").strip("/"),
        call.item,
        call.controller.root,
    )
    folder = root.find(full_name) if full_name else root
    if not isinstance(folder, Folder) or not call.view.may_read(folder):
        raise failure(f"No such folder: {full_name}")
    if not call.user.may(Permission.CREATE, full_name):
        raise forbidden(call.user, Permission.CREATE)
    if item.name in folder.children:
        raise failure(f"The name \u2018{item.name}\u2019 is already in use")
    if f"{folder.full_name}/".startswith(f"{item.full_name}/"):
        raise failure("A folder cannot be moved into itself")
    call.controller.move(item, folder, item.name)
    return call.redirect_to(item.path)


@page("folder", "config.xml")
@page("job", "config.xml")
async def config_xml(call: Call) -> web.Response:
    """Read the configuration of a job or folder, or replace it by POST."""
    if call.request.method == "POST":
        call.require(Permission.CONFIGURE)
        call.controller.configure(call.item, parse_xml(await call.request.read()))
        return answers.empty(200)
    if call.request.method not in ("GET", "HEAD"):
        raise Refusal(400, "Bad Request", in_container=True)
    call.require(Permission.EXTENDED_READ)
    return web.Response(body=to_xml(call.item.xml), content_type="application/xml")


@page("job", "cancelQueue", needs_post=True, permission=Permission.CANCEL)
async def cancel_queue(call: Call) -> web.Response:
    """Cancel the job's first waiting item."""
    item = call.controller.queue.of_job(call.job)
    if item:
        call.controller.queue.cancel(item)
    return call.redirect_back(call.job.path)


@page("folder", "doDelete", needs_post=True, permission=Permission.DELETE)
@page("job", "doDelete", needs_post=True, permission=Permission.DELETE)
async def delete(call: Call) -> web.Response:
    """Delete an item."""
    parent = call.item.parent
    await call.controller.delete(call.item)
    return call.redirect_to(parent.path if parent else "")


@page("root", "createItem", needs_post=True, permission=Permission.CREATE)
@page("folder", "createItem", needs_post=True, permission=Permission.CREATE)
async def create_item(call: Call) -> web.Response:
    """Make an item from configuration XML (200), as a copy, or empty by its ``mode`` (302).

    A copy leads to its own page, as the contract has it; Jenkins's source sends the browser to its
    ``configure`` page (ItemGroupMixIn.redirectAfterCreateItem), and no recording decides.
    """
    name, mode = _new_name(call), call.value("mode")
    if mode == "copy":
        xml = deepcopy(_source_of_copy(call).xml)
        return call.redirect_to(call.controller.add_item(call.folder, name, xml).path)
    if call.request.content_type in XML_TYPES:
        call.controller.add_item(call.folder, name, parse_xml(await call.request.read()))
        return answers.empty(200)
    if mode not in MODES:
        raise failure(f"No item type \u2018{mode}\u2019 is known" if mode else "No mode given")
    item = call.controller.add_item(call.folder, name, Element(MODES[mode]))
    return call.redirect_to(f"{item.path}configure")


def _new_name(call: Call) -> str:
    """The name that was sent, which must be a good one and not be taken."""
    name = (call.value("name") or "").strip()
    if not is_good_name(name.replace("%2F", "") if call.folder.is_computed else name):
        raise failure(f"\u2018{name}\u2019 is an unsafe name" if name else "No name is specified")
    if name in call.folder.children:
        raise failure(f"A job already exists with the name \u2018{name}\u2019")
    return name


def _source_of_copy(call: Call) -> Item:
    """The item named as seen from here, else from the root; with a slash before it, only there."""
    name, root = call.value("from") or "", call.controller.root
    found = None if name.startswith("/") else call.folder.find(name)
    source = found or root.find(name.lstrip("/"))
    if source is None or not call.view.may_read(source):
        raise failure(f"No such job: {name}")
    return source
