"""Nudges: tell a worker that something is due, without ever waiting for the broker.

The database says what is due and a sweep finds it within a second anyway, so a nudge that
gets lost only costs that second. A thread sends them: publishing to a broker that hangs
would hold a view for as long as its socket timeout.
"""

from __future__ import annotations

import queue
import threading
from functools import cache

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


@cache
def _waiting() -> queue.Queue[tuple[str, int]]:
    """The nudges of this process, and (once) the thread that sends them."""
    nudges: queue.Queue[tuple[str, int]] = queue.Queue(maxsize=100)
    threading.Thread(target=_send, args=(nudges,), name="nudges", daemon=True).start()
    return nudges


def _send(nudges: queue.Queue[tuple[str, int]]) -> None:
    while True:
        task, row_id = nudges.get()
        try:
            current_app.send_task(task, (row_id,), retry=False, expires=10)
        except (OperationalError, OSError) as error:
            log.warning("nudge not sent", task=task, id=row_id, why=str(error))


def nudge(task: str, row_id: int) -> None:
    """Send the task named ``task`` with one id once the transaction is committed.

    Never raises or waits, Redis or not.
    """

    def put() -> None:
        try:
            _waiting().put_nowait((task, row_id))
        except queue.Full:
            log.warning("nudge dropped", task=task, id=row_id)

    transaction.on_commit(put)
