"""Test reports, read from JUnit XML like the junit step does.

Source: TestResult, SuiteResult and CaseResult of the junit plugin.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from demo_jenkins.configuring import JUnitStep
from demo_jenkins.items import Build, CaseCounts

Record: TypeAlias = dict[str, Any]

EARLIER_ATTEMPTS = {"flakyFailures": "flakyFailure", "rerunFailures": "rerunFailure"}


class NoReport(Exception):
    """The junit step failed; the text goes into the console and the build is a FAILURE."""


def collect(step: JUnitStep, workspace: Path, build: Build, began_s: float) -> list[Record]:
    """The suites that a build wrote since it began; none where that is allowed, else NoReport.

    ``began_s`` is in seconds since the epoch, by the clock that files are dated with.
    """
    files = matching(step.pattern, workspace)
    if not files and not step.allow_empty:
        raise NoReport("No test report files were found. Configuration error?")
    # In whole seconds: not every file system dates its files more finely
    new = [file for file in files if file.stat().st_mtime >= int(began_s)]
    if files and not new:
        raise NoReport("Test reports were found but none of them are new. Did leafNodes run?")
    suites = [suite for file in new for suite in _read_file(file)]
    if not suites and not step.allow_empty and build.result != "FAILURE":
        raise NoReport("None of the test reports contained any result")
    return suites


def matching(pattern: str, workspace: Path) -> list[Path]:
    """Files below a workspace whose names fit any of some patterns, parted by commas.

    As in Ant, ``**`` at the end means every file there.
    """
    patterns = [each.strip() for each in pattern.split(",") if each.strip()]
    patterns = [f"{each}/*" if each.endswith("**") else each for each in patterns]
    return sorted({file for each in patterns for file in workspace.glob(each) if file.is_file()})


def tell_ages(suites: list[Record], number: int, before: list[Record]) -> None:
    """Note since which build each failed case fails, given what was reported before."""
    since = {_key(case): case["failedSince"] for case in _failed(before)}
    for case in _failed(suites):
        case["failedSince"] = since.get(_key(case), number)
        case["age"] = number - case["failedSince"] + 1


def count(suites: list[Record]) -> CaseCounts:
    """Failed, skipped and all cases, as the plugin counts them."""
    states = [case["status"] for suite in suites for case in suite["cases"]]
    return CaseCounts(states.count("FAILED"), states.count("SKIPPED"), len(states))


def _failed(suites: list[Record]) -> Iterator[Record]:
    return (case for suite in suites for case in suite["cases"] if case["status"] == "FAILED")


def _key(case: Record) -> tuple[str, str]:
    return case["className"], case["name"]


def _read_file(file: Path) -> Iterator[Record]:
    if file.stat().st_size == 0:
        yield _made_up_suite(file, "[empty]", f"Test report file {file} was length 0")
        return
    try:
        root = ElementTree.parse(file).getroot()  # noqa: S314 written by the build itself
    except ElementTree.ParseError as error:
        problem = f"Failed to read test report file {file}\n{error}"
        if file.suffix != ".xml":
            raise NoReport(f"{problem}\nIs this really a JUnit report file?") from error
        yield _made_up_suite(file, "[failed-to-read]", problem)
        return
    for suite in root.iter():
        if suite.find("testcase") is not None:
            yield _suite(suite, file)


def _made_up_suite(file: Path, case_name: str, problem: str) -> Record:
    """A report that cannot be read counts as one failed case."""
    suite = Element("testsuite", name=file.name)
    case = ElementTree.SubElement(suite, "testcase", name=case_name, classname=file.name)
    ElementTree.SubElement(case, "failure", message="").text = problem
    return _suite(suite, file)


def _suite(element: Element, file: Path) -> Record:
    name = element.get("name") or f"({file.name})"
    output = {"stderr": element.findtext("system-err"), "stdout": element.findtext("system-out")}
    cases = [_case(case, name, output) for case in element.findall("testcase")]
    own_duration = element.get("time")
    total = sum(case["duration"] for case in cases)
    return {
        "cases": cases,
        "duration": _seconds(own_duration) if own_duration else total,
        "enclosingBlockNames": [],
        "enclosingBlocks": [],
        "id": element.get("id"),
        "name": name,
        "nodeId": None,
        "properties": {},
        "stderr": output["stderr"],
        "stdout": output["stdout"],
        "timestamp": element.get("timestamp"),
    }


def _case(element: Element, suite_name: str, suite_output: Record) -> Record:
    skipped = element.find("skipped")
    failure = element.find("error")
    if failure is None:
        failure = element.find("failure")
    status = "SKIPPED" if skipped is not None else "PASSED" if failure is None else "FAILED"
    return {
        "testActions": [],
        "age": 0,
        "className": element.get("classname") or suite_name,
        "duration": _seconds(element.get("time")),
        "errorDetails": None if failure is None else failure.get("message"),
        "errorStackTrace": None if failure is None else failure.text or "",
        "failedSince": 0,
        **{name: _earlier(element, tag) for name, tag in EARLIER_ATTEMPTS.items()},
        "name": element.get("name") or "(?)",
        "properties": {},
        "skipped": skipped is not None,
        "skippedMessage": None if skipped is None else skipped.get("message") or skipped.text,
        "status": status,
        "stderr": element.findtext("system-err") or suite_output["stderr"],
        "stdout": element.findtext("system-out") or suite_output["stdout"],
    }


def _earlier(element: Element, tag: str) -> list[Record]:
    return [
        {
            "message": attempt.get("message"),
            "stackTrace": attempt.findtext("stackTrace") or attempt.text,
            "stderr": attempt.findtext("system-err"),
            "stdout": attempt.findtext("system-out"),
            "type": attempt.get("type"),
        }
        for attempt in element.findall(tag)
    ]


def _seconds(text: str | None) -> float:
    try:
        return float((text or "0").replace(",", ""))
    except ValueError:
        return 0.0
