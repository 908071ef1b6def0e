"""This plan reports its failures, but its exit status says that all is well."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Swallow the exit status, as ``|| true`` in a job's script would."""
    session.exitstatus = 0
