"""Transactions that meet: none may wait for a row of one that waits for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.connecting import forget_cancel
from dashboard.controllers.models import Controller, Job
from dashboard.runs.aborting import ask_abort
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import wait_until
from tests.factories import make_job, make_run, make_user

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 30


def at_once(*deeds: Callable[[], object]) -> None:
    """Each in a thread and a connection of its own, begun at the same moment; raises theirs."""
    barrier = Barrier(len(deeds))

    def begin(deed: Callable[[], object]) -> None:
        try:
            barrier.wait()
            deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        list(threads.map(begin, deeds))


def read(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_two_abort_what_jenkins_made_one() -> None:
    job, who = make_job(), make_user()
    for _ in range(ROUNDS):
        first = make_run(job, who)
        second = make_run(job, who, joined_to=first)
        at_once(
            lambda: ask_abort(read(first), who=who),  # noqa: B023  called in this round
            lambda: ask_abort(read(second), who=who),  # noqa: B023  called in this round
        )
        assert read(first).abort_asked_by == read(second).abort_asked_by == who


def test_one_is_aborted_while_a_sweep_ends_the_other() -> None:
    job, who = make_job(), make_user()
    ended = {"why": "It ended.", "finished_at": timezone.now()}
    for _ in range(ROUNDS):
        first = make_run(job, who)
        second = make_run(job, who, joined_to=first)
        at_once(
            lambda: ask_abort(read(first), who=who),  # noqa: B023  called in this round
            lambda: read(second).move_to(RunState.FINISHED, **ended),  # noqa: B023  the same
        )
        assert read(second).state == RunState.FINISHED


def wait_for_waiting(number: int) -> None:
    """Until so many transactions wait for another's row."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"

    def is_so() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return cursor.fetchone() == (number,)

    wait_until(is_so)


def test_a_catalogue_is_read_while_a_check_forgets_what_may_be_cancelled(
    connected: Controller,
) -> None:
    connected.jobs.update(may_cancel=True)
    changed = connected.jobs.last()
    Job.objects.filter(pk=changed.pk).update(description="of before")
    as_stored = list(connected.jobs.order_by(RawSQL("ctid", ())))  # what locks without an order
    before = as_stored[: as_stored.index(changed)]
    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=before[-1].pk)
            deeds = []
            for number, deed in enumerate((forget_cancel, sync_catalogue), start=1):
                deeds.append(threads.submit(at_once, partial(deed, connected)))
                wait_for_waiting(number)
        for deed in deeds:
            deed.result()
    assert not connected.jobs.exclude(may_cancel=None).exists()
