"""A pytest plugin that writes earlier attempts into the JUnit report the way Surefire does.

pytest-rerunfailures leaves an empty ``testcase`` for each earlier attempt. Here the last attempt
gets a ``flakyFailure`` for each one when it passed, or a ``rerunFailure`` when it failed, too.
"""

import re
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

Attempts: TypeAlias = dict[tuple[str, str], list[pytest.TestReport]]  # by class and name


def pytest_configure(config: pytest.Config) -> None:
    """Watch this session."""
    config.pluginmanager.register(Collector(str(config.getoption("xmlpath"))))


class Collector:
    """Remembers failed attempts that are tried again."""

    def __init__(self, report_path: str) -> None:
        self._report_path = Path(report_path)
        self._attempts: Attempts = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember an attempt that pytest-rerunfailures marks as such."""
        if str(report.outcome) == "rerun":
            path, _, rest = report.nodeid.partition("::")
            classes, _, name = rest.rpartition("::")
            module = path.removesuffix(".py").replace("/", ".")
            class_name = ".".join([module, *classes.split("::")]).rstrip(".")
            self._attempts[class_name, name].append(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Rewrite the report once pytest has written it."""
        yield
        if self._attempts:
            rewrite(self._report_path, self._attempts)


def rewrite(path: Path, attempts: Attempts) -> None:
    """Move earlier attempts from test cases of their own into the last one."""
    tree = ElementTree.parse(path)  # noqa: S314 pytest has just written it
    for suite in tree.iter("testsuite"):
        cases: dict[tuple[str, str], list[Element]] = defaultdict(list)
        for case in suite.findall("testcase"):
            cases[case.get("classname", ""), case.get("name", "")].append(case)
        for key, reports in attempts.items():
            *earlier, last = cases[key]
            for case in earlier:
                suite.remove(case)
            is_failed = last.find("failure") is not None or last.find("error") is not None
            for report in reports:
                last.append(_attempt("rerunFailure" if is_failed else "flakyFailure", report))
        suite.set("tests", str(len(suite.findall("testcase"))))
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _attempt(tag: str, report: pytest.TestReport) -> Element:
    crash = getattr(report.longrepr, "reprcrash", None)
    message = _legal(str(crash.message)) if crash else "failed"
    element = Element(tag, message=message, type=message.partition(":")[0])
    ElementTree.SubElement(element, "stackTrace").text = _legal(report.longreprtext)
    ElementTree.SubElement(element, "system-out").text = _legal(report.capstdout)
    return element


def _legal(text: str) -> str:
    """What XML can hold: not the escape character that colour codes begin with, for one."""
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", without_colours)
