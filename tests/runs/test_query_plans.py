"""What is asked each second, or by a page, is found by an index however many runs there are.

On SQLite, which cannot know what a table holds.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.launching.switching import waiting_runs
from dashboard.launching.timing import due_runs
from dashboard.results import collecting
from dashboard.runs.aborting import others_of
from dashboard.runs.estimating import last_of_plan
from dashboard.runs.models import Run
from dashboard.runs.states import Verdict
from tests.factories import make_controller, make_job, make_run, signed_in

pytestmark = [
    pytest.mark.django_db,
    # Other databases choose by what the table holds; a test's is empty.
    pytest.mark.usefixtures("on_sqlite"),
]

QUERIES = {
    "console to read": (lambda: Run.objects.console_to_read(timezone.now()), "run_console_to_read"),
    "being read": (lambda: Run.objects.console_being_read(timezone.now()), "run_console_to_read"),
    "to conclude": (lambda: collecting.due(timezone.now()), "run_to_conclude"),
    "being concluded": (lambda: collecting.being_collected(timezone.now()), "run_to_conclude"),
    "beside": (lambda: collecting.due_beside(make_run().pk), "run_to_conclude"),
    "to send": (due_runs, "run_state"),
    "in Jenkins": (lambda: make_controller().runs.in_jenkins(), "run_controller_state"),
    "queue item": (
        lambda: make_controller().runs.filter(queue_id=7, queue_session="s", joined_to=None),
        "run_queue_item",
    ),
    "waits of a job": (lambda: waiting_runs(make_job()), "run_controller_state"),
    "usual time": (lambda: last_of_plan(make_run()), "run_plan_job"),
    "made one": (lambda: others_of(make_run()), "run_controller_state"),
    "joined": (lambda: make_run().joined_runs.all(), "run_joined"),
}
# By each filter, and by each two of them
HISTORY = {
    "plan": "run_plan",
    "verdict": "run_verdict",
    "mine": "run_owner",
    "job": "run_job",
    "plan verdict": "run_plan_verdict",
    "plan mine": "run_plan_owner",
    "plan job": "run_plan_job",
    "verdict mine": "run_verdict_owner",
    "verdict job": "run_verdict_job",
    "mine job": "run_owner_job",
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


def plans_of(client, address, **query):
    """How SQLite finds runs for a page, a text for each query."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address, query).status_code == 200
    of_runs = [each["sql"] for each in asked.captured_queries if 'FROM "runs_run"' in each["sql"]]
    plans = []
    with connection.cursor() as cursor:
        for sql in of_runs:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans.append("\n".join(step for *_, step in cursor.fetchall()))
    return plans


@pytest.mark.parametrize("names", HISTORY)
def test_the_history_is_found_by_its_filters(names):
    run = make_run(verdict=Verdict.PASSED)
    given = {"plan": run.plan, "verdict": run.verdict, "mine": "on", "job": run.job_id}
    query = {name: given[name] for name in names.split()}
    plans = plans_of(signed_in(user=run.owner), "/history/", **query)
    ids = plans[0]
    assert f"INDEX {HISTORY[names]} " in ids
    assert "TEMP B-TREE" not in ids, "all that match would be read to sort them"


def test_the_board_walks_no_runs_that_ended():
    make_run()
    active, latest, rows = plans_of(signed_in(), "/")
    assert "INDEX run_state " in active
    assert latest.startswith("SCAN runs_run\n"), "from the newest on, and then it stops"
    assert "TEMP B-TREE" not in latest
    assert rows.startswith("SEARCH runs_run USING INTEGER PRIMARY KEY")


def test_the_search_reads_the_newest_runs_and_finds_older_ones_by_their_plan():
    make_run()
    newest, plan = plans_of(signed_in(), "/search/", q="nothing is called so")
    assert newest.startswith("SCAN runs_run\n"), "from the newest on, and then it stops"
    assert "TEMP B-TREE" not in newest
    assert "INDEX run_plan" in plan
