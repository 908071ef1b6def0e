"""A pytest plugin: these tests run on the PostgreSQL that POSTGRESQL_URL names, and on no other.

Loaded after `tests.environment`, which forgets the DATABASE_URL of the shell.
"""

from __future__ import annotations

import os

import pytest
from django.db import connection

os.environ["DATABASE_URL"] = os.environ["POSTGRESQL_URL"]


@pytest.fixture(scope="session", autouse=True)
def _is_postgresql() -> None:
    """All fail where settings took another database."""
    assert connection.vendor == "postgresql"
