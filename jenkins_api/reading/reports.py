"""Test reports of the junit plugin, single and aggregated."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from jenkins_api.reading.fields import (
    Fields,
    as_fields,
    member,
    members,
    needed_count,
    needed_text,
    seconds,
    storable,
    text,
)
from jenkins_api.records import CaseAttempt, Report

_RESULT_TREE = (
    "failCount,passCount,skipCount,duration,suites[name,cases[className,name,status,duration,"
    "errorDetails,errorStackTrace,skippedMessage,flakyFailures[message],rerunFailures[message]]]"
)
REPORT_TREE = f"{_RESULT_TREE},childReports[child[url],result[{_RESULT_TREE}]]"


def report(answer: Any) -> Report:
    """A test report, asked with REPORT_TREE.

    Matrix and Maven jobs give one result for each part in place of suites (contract 8).
    """
    fields = as_fields(answer)
    results = [("", fields)]
    if fields.get("suites") is None and fields.get("childReports") is not None:
        children = members(fields, "childReports")
        results = [(_part(child), as_fields(child.get("result"))) for child in children]
    return Report(
        passed=sum(needed_count(result, "passCount") for _, result in results),
        failed=sum(needed_count(result, "failCount") for _, result in results),
        skipped=sum(needed_count(result, "skipCount") for _, result in results),
        duration_s=sum(seconds(result, "duration") for _, result in results),
        attempts=tuple(
            _case_attempt(part, text(suite, "name"), case)
            for part, result in results
            for suite in members(result, "suites")
            for case in members(suite, "cases")
        ),
    )


def _part(child: Fields) -> str:
    """What Jenkins calls a part in its address: ``OS=linux`` of ``.../job/m/OS=linux/3/``."""
    address = text(member(child, "child") or {}, "url").rstrip("/").split("/")
    return storable(unquote(address[-2])) if len(address) > 1 else ""


def _case_attempt(part: str, suite: str, case: Fields) -> CaseAttempt:
    return CaseAttempt(
        part=part,
        suite=suite,
        class_name=text(case, "className"),
        name=text(case, "name"),
        status=needed_text(case, "status"),
        duration_s=seconds(case, "duration"),
        message=text(case, "errorDetails"),
        trace=text(case, "errorStackTrace"),
        failed_earlier=len(members(case, "flakyFailures")) + len(members(case, "rerunFailures")),
        skipped_message=text(case, "skippedMessage"),
    )
