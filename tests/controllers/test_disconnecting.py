"""A controller that was disconnected is asked nothing any more, whatever was under way there."""

import pytest
from django.utils import timezone

from dashboard.controllers.connecting import disconnect
from dashboard.controllers.tasks import read_catalogue
from dashboard.launching.submitting import submit_run
from dashboard.runs.aborting import abort_at_once
from dashboard.runs.models import Run
from dashboard.runs.reading import due_consoles, read_rest_of_console
from dashboard.runs.states import RunState
from dashboard.runs.sweeping import sweep
from tests.factories import make_controller, make_job, make_run
from tests.jenkins_api.raw_server import reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(raw):
    return raw(reply(404, b"", "X-Jenkins: 2.579", "X-Jenkins-Session: a"))


@pytest.fixture
def run(server):
    """A run of a controller that answers; its state is for the test to say."""
    return make_run(make_job(make_controller(url=f"{server.url}/")))


# What nudges and ticks have workers do: the state of the run, and how it is called
DEEDS = [
    (RunState.ACCEPTED, lambda run: submit_run(run.pk)),
    (RunState.RUNNING, lambda run: abort_at_once(run.pk)),
    (RunState.RUNNING, lambda run: sweep(run.controller_id)),
    (RunState.FINISHED, lambda run: read_rest_of_console(run.pk)),
    (RunState.FINISHED, lambda run: read_catalogue(run.controller_id)),
]


@pytest.mark.parametrize("is_connected", [True, False])
@pytest.mark.parametrize(("state", "do"), DEEDS)
def test_only_one_that_is_connected_is_asked(server, run, state, do, is_connected):
    Run.objects.filter(pk=run.pk).update(state=state)
    if not is_connected:
        disconnect(run.controller)
    do(run)
    assert bool(server.requests) == is_connected


def test_no_worker_begins_to_read_its_consoles(run):
    Run.objects.filter(pk=run.pk).update(state=RunState.FINISHED)
    assert due_consoles(timezone.now()) == [run.pk]
    disconnect(run.controller)
    assert due_consoles(timezone.now()) == []
