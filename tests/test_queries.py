"""Pages with lists ask the database as often for fifty rows as for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.controllers.models import Controller
from dashboard.people.models import User
from dashboard.runs.models import Run
from dashboard.runs.states import RunState, Verdict
from tests.factories import (
    forget_rendered,
    make_access,
    make_controller,
    make_job,
    make_run,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
ENDED = {"state": RunState.FINISHED, "verdict": Verdict.PASSED, "build_result": "SUCCESS"}


def add_waiting(controller: Controller) -> None:
    """A run with a job and an owner of its own: whatever its row shows may cost a query."""
    make_run(make_job(controller), state=RunState.QUEUED, queue_kind="BuildableItem")


def add_undecided(controller: Controller) -> None:
    make_run(make_job(controller), state=RunState.UNKNOWN)


def add_of_a_job_that_is_off(controller: Controller) -> None:
    job = make_job(controller, is_disabled=True)
    job.switches.create(is_on=False, why="moving house", who=make_user())
    make_run(job, **ENDED)


def add_ended(controller: Controller) -> None:
    make_run(make_job(controller), plan=f"plan-{Run.objects.count()}", **ENDED)


def add_of_one_job(controller: Controller) -> None:
    job = controller.jobs.first() or make_job(controller)
    make_run(job, plan=f"plan-{Run.objects.count()}", **ENDED)


def add_case(controller: Controller) -> None:
    run = Run.objects.first() or make_run(make_job(controller), tests_total=0, **ENDED)
    rank = run.cases.count()
    run.cases.create(rank=rank, outcome="failed", name=f"test_{rank}", attempts=2)


def add_event(controller: Controller) -> None:
    run = Run.objects.first() or make_run(make_job(controller))
    run.note("Something happened.", who=make_user())


def add_controller(_: Controller) -> None:
    make_access(User.objects.get(), make_controller())  # the one who reads


def of_job() -> str:
    return f"/jobs/{Run.objects.first().job_id}/"


def of_run() -> str:
    return f"/runs/{Run.objects.first().pk}/"


LISTS: dict[str, tuple[Callable[[Controller], None], Callable[[], str]]] = {
    "board, what waits": (add_waiting, lambda: "/"),
    "board, what needs a decision": (add_undecided, lambda: "/"),
    "board, what ended": (add_ended, lambda: "/"),
    "board, jobs that are off": (add_of_a_job_that_is_off, lambda: "/"),
    "jobs that are off": (add_of_a_job_that_is_off, lambda: "/jobs/"),
    "the board's fragment": (add_waiting, lambda: "/board/"),
    "jobs": (add_ended, lambda: "/jobs/"),
    "a job's runs": (add_of_one_job, of_job),
    "a job's form": (add_of_one_job, lambda: f"{of_job()}launch/"),
    "plans of a job": (add_of_one_job, lambda: f"{of_job()}suggest/"),
    "plans": (add_ended, lambda: "/launch/suggest/"),
    "plans and jobs": (add_ended, lambda: "/launch/suggest/?plan=regression"),
    "history": (add_ended, lambda: "/history/"),
    "tests of a run": (add_case, lambda: f"{of_run()}tests/?show=all"),
    "timeline of a run": (add_event, lambda: f"{of_run()}timeline/"),
    "controllers": (add_controller, lambda: "/controllers/"),
    "profile": (add_controller, lambda: "/profile/"),
    "search": (add_ended, lambda: "/search/?q=qa"),
}


@pytest.mark.parametrize("name", LISTS)
def test_fifty_rows_cost_as_many_queries_as_one(name: str) -> None:
    add_row, address = LISTS[name]
    controller, client = make_controller(), signed_in()

    def ask() -> tuple[int, int]:
        forget_rendered()  # as the first who asks
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address())
        assert answer.status_code == 200
        return len(asked), len(answer.content)

    add_row(controller)
    client.get(address())  # whoever looks at a job first has its builds read
    queries_for_one, size_with_one = ask()
    for _ in range(49):
        add_row(controller)
    queries_for_fifty, size_with_fifty = ask()

    assert queries_for_fifty == queries_for_one
    assert size_with_fifty > size_with_one
