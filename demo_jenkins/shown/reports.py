"""Test reports, of one build and of the parts of a matrix."""

from demo_jenkins.exporting import ANYWHERE, Bean
from demo_jenkins.reports import EARLIER_ATTEMPTS, Record, count

_SHOWN_DEEP = ("age", "className", "duration", "failedSince", "skipped", "status")


def report_bean(suites: list[Record]) -> Bean:
    """What ``testReport/api/json`` shows."""
    counts = count(suites)
    return Bean(
        "hudson.tasks.junit.TestResult",
        {
            "testActions": [],
            "duration": sum(suite["duration"] for suite in suites),
            "empty": counts.total == 0,
            "failCount": counts.failed,
            "passCount": counts.total - counts.failed - counts.skipped,
            "skipCount": counts.skipped,
            "suites": [_suite_bean(suite) for suite in suites],
        },
        {"testActions": 1, "suites": 9},
        default_visibility=ANYWHERE,
        inline=frozenset({"suites"}),
    )


def aggregated_bean(parts: dict[str, list[Record]], number: int, job_url: str) -> Bean:
    """The report of a matrix build: one child for each value of its axis."""
    counts = count([suite for suites in parts.values() for suite in suites])
    children = []
    for name, suites in parts.items():
        fields: dict[str, object] = {"number": number, "url": f"{job_url}{name}/{number}/"}
        child = Bean("hudson.matrix.MatrixRun", fields, default_visibility=ANYWHERE)
        report = {"child": child, "result": report_bean(suites)}
        children.append(Bean(None, report, default_visibility=ANYWHERE))
    return Bean(
        "hudson.tasks.test.MatrixTestResult",
        {
            "failCount": counts.failed,
            "skipCount": counts.skipped,
            "totalCount": counts.total,
            "urlName": "testReport",
            "childReports": children,
        },
        inline=frozenset({"childReports"}),
    )


def _suite_bean(suite: Record) -> Bean:
    cases = [_case_bean(case) for case in suite["cases"]]
    return Bean(
        None,
        {**suite, "cases": cases},
        {"stdout": 1, "stderr": 1},
        default_visibility=9,
        inline=frozenset({"cases"}),
    )


def _case_bean(case: Record) -> Bean:
    earlier = {
        name: [Bean(None, failure, default_visibility=ANYWHERE) for failure in case[name]]
        for name in EARLIER_ATTEMPTS
    }
    return Bean(None, {**case, **earlier}, dict.fromkeys(_SHOWN_DEEP, 9) | {"name": ANYWHERE})
