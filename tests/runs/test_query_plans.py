"""What is asked each second is found by an index, however many runs have ended (SQLite)."""

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.launching.timing import due_runs
from dashboard.results import collecting
from dashboard.runs.models import Run
from tests.factories import make_controller

pytestmark = [
    pytest.mark.django_db,
    # Other databases choose by what the table holds; a test's is empty.
    pytest.mark.usefixtures("on_sqlite"),
]

QUERIES = {
    "console to read": (lambda: Run.objects.console_to_read(timezone.now()), "run_console_to_read"),
    "being read": (lambda: Run.objects.console_being_read(timezone.now()), "run_console_to_read"),
    "to conclude": (lambda: collecting.due(timezone.now()), "run_to_conclude"),
    "to send": (due_runs, "run_state"),
    "in Jenkins": (lambda: make_controller().runs.in_jenkins(), "run_controller_state"),
    "queue item": (
        lambda: make_controller().runs.filter(queue_id=7, queue_session="s", joined_to=None),
        "run_queue_item",
    ),
}


@pytest.fixture
def on_sqlite():
    assert connection.vendor == "sqlite"


@pytest.mark.parametrize("name", QUERIES)
def test_it_is_found_by_its_index(name):
    query, index = QUERIES[name]
    plan = query().explain()
    assert index in plan, plan
    assert "SCAN runs_run" not in plan
