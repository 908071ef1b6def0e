"""What holds for every test: no skips, static files, and one stack for flows and browser."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command

from config import frontend
from tests.factories import forget_rendered

# Machines are shared: a slow example is no failure
hypothesis.settings.register_profile("runboard", deadline=None)
hypothesis.settings.load_profile("runboard")

pytest_plugins = ["tests.demo", "tests.servers", "tests.jobs", "tests.jenkins_api.raw_server"]

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
# Reasons for which a test may be skipped; any other skip fails.
ALLOWED_SKIPS: frozenset[str] = frozenset()


def pytest_configure(config: pytest.Config) -> None:
    """Build front-end files once, not in each xdist worker; passwords need not be slow here."""
    if not hasattr(config, "workerinput"):
        frontend.build()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use the running stack share a worker, so there is one stack for each folder.

    The longest of the others begins first: nobody then waits for it alone at the end.
    """
    items.sort(key=lambda item: item.path.name != "test_postgresql.py")
    for item in items:
        if "runboard" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip without an allowed reason is a failure."""
    return _no_silent_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file that skips itself."""
    return _no_silent_skip((yield))


def _no_silent_skip(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail"):
        assert isinstance(report.longrepr, tuple)  # file, line, reason
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in ALLOWED_SKIPS:
            report.outcome = "failed"
            report.longrepr = f"skipped for a reason that is not allowed: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Pages name their static files by the manifest that collectstatic writes."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _no_fragments_of_other_tests() -> None:
    """Tests give the same ids out again, and what was rendered for one is not another's."""
    forget_rendered()
