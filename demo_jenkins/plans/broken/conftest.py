"""A test environment that is down: this plan ends before its first test."""

import time

import pytest


def pytest_configure() -> None:
    """Fail as a set-up step would: no test runs and no report is written."""
    time.sleep(1)
    reason = "could not connect to database shop-staging:5432: connection refused"
    pytest.exit(reason, returncode=3)
