"""Pages of the queue."""

from aiohttp import web

from demo_jenkins.exporting import Bean
from demo_jenkins.people import Permission
from demo_jenkins.shown.items import queue_bean, queue_item_bean
from demo_jenkins.web import answers
from demo_jenkins.web.answers import Refusal
from demo_jenkins.web.calls import Call
from demo_jenkins.web.pages import api, page


@api("root", "queue/")
def queue(call: Call) -> Bean:
    """Everything that waits."""
    return queue_bean(call.view)


@api("item", "")
def queue_item(call: Call) -> Bean:
    """One item, also for five minutes after it left."""
    return queue_item_bean(call.view, call.queue_item)


@page("item", "")
async def queue_item_page(call: Call) -> web.StreamResponse:
    """A hint for people who open the item's URL."""
    text = b"Queue item exists. For details check its remote API.\n"
    return await answers.plain(call.request, [text], len(text), {})


@page("root", "queue/cancelItem", needs_post=True)
async def cancel_item(call: Call) -> web.Response:
    """Cancel: 204; 404 unknown, 422 not allowed, 500 already left."""
    number = call.value("id") or ""
    item = call.controller.queue.find(int(number)) if number.isdecimal() else None
    if item is None or not call.user.may(Permission.ITEM_READ, item.job.full_name):
        raise Refusal(404, answers.problem().message)
    if not call.user.may(Permission.CANCEL, item.job.full_name):
        raise Refusal(422, answers.problem().message)
    call.controller.queue.cancel(item)
    return answers.empty(204)


@page("item", "cancelQueue", needs_post=True)
async def cancel_queue(call: Call) -> web.Response:
    """The older way to cancel, which answers 204 whatever happens."""
    if call.may(Permission.CANCEL) and not call.queue_item.has_left:
        call.controller.queue.cancel(call.queue_item)
    return answers.empty(204)
