"""Whom the suite asks: a demo controller of its own, or with live.ini the one that is named."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conformance.controller import Controller
from tests.demo_jenkins.server import Server

READ = ("hudson.model.Hudson.Read", "hudson.model.Item.Read")
ADMINISTER = "hudson.model.Hudson.Administer"
PASSWORD = "a password of nobody's"  # noqa: S105 made up


@pytest.fixture(scope="session")
def jenkins(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Controller]:
    """The controller under test with a folder of ours, which goes whatever happens."""
    is_live = pytestconfig.inipath is not None and pytestconfig.inipath.name == "live.ini"
    home = tmp_path_factory.mktemp("conformance") / "home"
    server = None if is_live else Server(home, "--executors", "4").start()
    with contextlib.ExitStack() as at_the_end:
        if server:
            at_the_end.callback(server.stop)
        controller = live_controller() if server is None else demo_controller(server)
        at_the_end.callback(controller.remove_all)
        controller.make_folder()
        yield controller


def live_controller() -> Controller:
    """The controller that `make live` was given."""
    user = os.environ["JENKINS_USER"]
    password = os.environ.get("JENKINS_PASSWORD")
    reader = os.environ.get("JENKINS_READER")
    return Controller(
        os.environ["JENKINS_URL"],
        (user, os.environ["JENKINS_TOKEN"]),
        by_password=(user, password) if password else None,
        reader=(reader, os.environ["JENKINS_READER_TOKEN"]) if reader else None,
    )


def demo_controller(server: Server) -> Controller:
    """A demo controller that lacks nothing that a test asks for."""
    server.make_user("by-password", ADMINISTER, password=PASSWORD)
    reader = server.make_user("reader", *READ)
    return Controller(
        server.url,
        (server.user, server.token),
        by_password=("by-password", PASSWORD),
        reader=reader,
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All rows on one worker, so that there is one controller and one folder."""
    for item in items:
        if item.path.parent.name == "conformance":
            item.add_marker(pytest.mark.xdist_group("conformance"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this controller lacks, and how many rows that left out."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason.startswith("not supported: "):
            missing[reason] += 1
    for reason, rows in sorted(missing.items()):
        terminalreporter.write_line(f"{reason} ({rows} rows)")
