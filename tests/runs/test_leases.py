"""Who sweeps: one worker at a time, and one that outlived its lease spoils nothing of the next."""

import json
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from dashboard.controllers.models import Controller
from dashboard.runs.sweeping import sweep
from tests.demo import sweep_once
from tests.factories import make_controller
from tests.jenkins_api.raw_server import reply

pytestmark = pytest.mark.django_db

NO_QUEUE = reply(200, json.dumps({"items": []}).encode())
NO_EXECUTORS = reply(
    200, json.dumps({"computer": [], "busyExecutors": 0, "totalExecutors": 0}).encode()
)


def test_a_sweep_leaves_one_that_another_worker_has_alone():
    controller = make_controller(lease_until=timezone.now() + timedelta(seconds=60), fence=7)
    sweep(controller.pk)  # nothing listens there, so a request would count as a failure
    controller.refresh_from_db()
    assert (controller.fence, controller.failures) == (7, 0)


def test_a_sweep_gives_its_lease_back(raw):
    controller = make_controller(url=f"{raw(NO_QUEUE, NO_EXECUTORS).url}/")
    sweep_once(controller)
    controller.refresh_from_db()
    assert (controller.fence, controller.failures, controller.lease_until) == (1, 0, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("late", [NO_EXECUTORS, b""], ids=["answered", "hung up"])
def test_one_that_outlived_its_lease_does_not_give_back_a_newer_one(raw, late):
    soon = timezone.now() + timedelta(seconds=60)

    def answer_after_another_worker_took_over(connection):
        Controller.objects.update(lease_until=soon, fence=2)
        database.close()  # this thread's own
        connection.sendall(late)

    server = raw(NO_QUEUE, answer_after_another_worker_took_over)
    controller = make_controller(url=f"{server.url}/")
    sweep_once(controller)
    controller.refresh_from_db()
    assert (controller.fence, controller.lease_until) == (2, soon)
