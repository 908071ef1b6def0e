"""Test reports of the junit plugin, single and aggregated."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    Fields,
    as_fields,
    members,
    needed_count,
    needed_text,
    seconds,
    text,
)
from jenkins_api.records import CaseAttempt, Report

_RESULT_TREE = (
    "failCount,passCount,skipCount,duration,suites[name,cases[className,name,status,duration,"
    "errorDetails,errorStackTrace,skippedMessage,flakyFailures[message],rerunFailures[message]]]"
)
REPORT_TREE = f"{_RESULT_TREE},childReports[result[{_RESULT_TREE}]]"


def report(answer: Any) -> Report:
    """A test report, asked with REPORT_TREE.

    Matrix and Maven jobs give one result for each child in place of suites (contract 8).
    """
    fields = as_fields(answer)
    results = [fields]
    if fields.get("suites") is None and fields.get("childReports") is not None:
        results = [as_fields(entry.get("result")) for entry in members(fields, "childReports")]
    return Report(
        passed=sum(needed_count(result, "passCount") for result in results),
        failed=sum(needed_count(result, "failCount") for result in results),
        skipped=sum(needed_count(result, "skipCount") for result in results),
        duration_s=sum(seconds(result, "duration") for result in results),
        attempts=tuple(
            _case_attempt(text(suite, "name"), case)
            for result in results
            for suite in members(result, "suites")
            for case in members(suite, "cases")
        ),
    )


def _case_attempt(suite: str, case: Fields) -> CaseAttempt:
    return CaseAttempt(
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
