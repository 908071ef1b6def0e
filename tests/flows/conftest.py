"""People signed in to the running stack, and its controller with jobs of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.demo import Remote
from tests.flows.person import Person
from tests.servers import Runboard

TICKING = "for step in $(seq 12); do echo step $step of 12; sleep 0.3; done"


@pytest.fixture(scope="session")
def jenkins(runboard: Runboard) -> Remote:
    """The stack's controller, with a job `ticking` beside those that it is seeded with."""
    jenkins = Remote(runboard.jenkins_url, runboard.jenkins_user, runboard.jenkins_token)
    jenkins.make_job("ticking", TICKING, parameters=("TestPlanName", "RUNBOARD_ID"))
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)  # reads its jobs again
    return jenkins


@pytest.fixture(scope="session")
def tester(runboard: Runboard, jenkins: Remote) -> Iterator[Person]:
    with Person(runboard.url) as person:
        person.sign_in("tester", runboard.password)
        yield person
