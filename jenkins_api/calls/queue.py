"""What waits."""

from __future__ import annotations

from jenkins_api.calls.base import Calls
from jenkins_api.errors import NotAuthorised
from jenkins_api.failures import unexpected_answer
from jenkins_api.reading.queue import QUEUE_ITEM_TREE, queue_item, queue_items
from jenkins_api.records import Queue, QueueItem


class QueueCalls(Calls):
    """Calls about the queue."""

    def queue(self) -> Queue:
        """All waiting items that we may read; nothing that has left."""
        query = {"tree": f"items[{QUEUE_ITEM_TREE}]"}
        answer = self._transport.get("/queue/api/json", query)
        return Queue(
            items=answer.read_json(queue_items),
            session=answer.session,
            clock_offset_s=answer.clock_offset_s,
            version=answer.version,
            answered_in_s=answer.answered_in_s,
        )

    def queue_item(self, queue_id: int) -> QueueItem | None:
        """One item; None once forgotten: five minutes after it left the queue (Queue.java)."""
        answer = self._transport.get(
            f"/queue/item/{queue_id:d}/api/json",
            {"tree": QUEUE_ITEM_TREE},
            expect=(200, 404),
        )
        return None if answer.status == 404 else answer.read_json(queue_item)

    def cancel_queue_item(self, queue_id: int) -> bool:
        """Take a waiting item out of the queue; False where it has already left.

        NotAuthorised (422) where we may not. UnexpectedAnswer for a 404 or 500 that is not
        Jenkins's own: a proxy cannot know. Source: Queue.doCancelItem.
        """
        answer = self._transport.post(
            "/queue/cancelItem", {"id": f"{queue_id:d}"}, expect=(204, 404, 422, 500)
        )
        if answer.status == 422:
            raise NotAuthorised(
                f"422 from {answer.url}: cancelling is not allowed", url=answer.url, status=422
            )
        if answer.status != 204 and not answer.version:
            raise unexpected_answer(answer.status, answer.headers, answer.body, answer.url)
        return answer.status == 204
