"""People signed in to the running stack, and more controllers for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, Remote
from tests.flows.person import Person
from tests.servers import Runboard

UNTIL_GATE = (
    'set +x; until [ -e "$GATE" ]; do echo tick $((n += 1)); sleep 0.3; done; echo the gate is open'
)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A file that a build waits for; it is there at the latest when the test has ended."""
    gate = tmp_path / "gate"
    yield gate
    gate.touch()


@pytest.fixture(scope="session")
def gated(runboard: Runboard, jenkins: Remote) -> str:
    """A job that ticks until there is the file that its parameter GATE names; the job's name."""
    parameters = ("TestPlanName", "RUNBOARD_ID", "GATE")
    jenkins.make_job("gated", UNTIL_GATE, parameters=parameters)
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)  # reads its jobs again
    return "gated"


@pytest.fixture(scope="session")
def sign_in(runboard: Runboard, jenkins: Remote) -> Iterator[Callable[[str], Person]]:
    """Sign somebody in, in a browser of their own."""
    people: list[Person] = []

    def sign_in(name: str) -> Person:
        people.append(Person(runboard.url))
        people[-1].sign_in(name, runboard.password)
        return people[-1]

    yield sign_in
    for person in people:
        person.session.close()


@pytest.fixture(scope="session")
def tester(sign_in: Callable[[str], Person]) -> Person:
    return sign_in("tester")


@pytest.fixture(scope="session")
def admin(sign_in: Callable[[str], Person]) -> Person:
    return sign_in("admin")


@pytest.fixture
def second(runboard: Runboard, tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start and connect another controller, seeded as the first, under a name."""
    started: list[Demo] = []

    def start(name: str, *options: str) -> Demo:
        demo = Demo(tmp_path / name, *options)
        demo.start()
        started.append(demo)
        runboard.connect(name, demo.url, demo.user, demo.token)
        return demo

    yield start
    for demo in started:
        demo.stop()
