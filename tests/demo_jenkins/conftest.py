"""Demo controllers to test against: one for all, or a fresh one where a test changes much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo_jenkins.server import Server


@pytest.fixture(scope="session")
def jenkins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A seeded controller that all tests share; with many executors, so that they need not wait."""
    home = tmp_path_factory.mktemp("shared") / "home"
    server = Server(home, "--seed", "--executors", "8").start()
    yield server
    server.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start controllers of the test's own, with options; they are stopped afterwards."""
    servers: list[Server] = []

    def start_one(*options: str) -> Server:
        servers.append(Server(tmp_path / f"home{len(servers)}", *options).start())
        return servers[-1]

    yield start_one
    for server in servers:
        server.stop()
