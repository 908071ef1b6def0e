"""People signed in to the running stack, and more controllers for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, Remote
from tests.flows.person import Person
from tests.servers import Runboard


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
    names = [demo.home.name for demo in started]
    off = f"Controller.objects.filter(name__in={names}).update(is_enabled=False)"
    runboard.manage("shell", "-c", off)  # another test's controller may get its port
    for demo in started:
        demo.stop()
