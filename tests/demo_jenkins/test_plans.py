"""Each plan that ships, run as the seeded job runs it, and the reports that come of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo_jenkins.server import Server, freestyle, wait_for

REGRESSION = "job/qa/job/regression"

RESULTS = [  # plan, reruns, result, failed, skipped, all cases
    ("smoke", "0", "SUCCESS", 0, 0, 9),
    ("regression", "0", "SUCCESS", 0, 1, 46),
    ("flaky", "0", "FAILURE", 2, 0, 4),
    ("flaky", "2", "SUCCESS", 0, 0, 4),
    ("flaky", "1", "FAILURE", 1, 0, 4),
    ("flaky-bare", "0", "FAILURE", 2, 0, 4),
    ("flaky-bare", "2", "SUCCESS", 0, 0, 7),
    ("failing", "0", "FAILURE", 5, 0, 6),
    ("unstable", "0", "UNSTABLE", 2, 0, 5),
    ("broken", "0", "FAILURE", None, None, None),
    ("chatty", "0", "SUCCESS", 0, 0, 1),
    ("no-such-plan", "0", "FAILURE", None, None, None),
    ("smoke", "many", "FAILURE", None, None, None),
]


@pytest.fixture(scope="module")
def builds(jenkins: Server) -> dict[tuple[str, str], Any]:
    """Every plan's build, run side by side."""
    items = {("nightly", ""): jenkins.launch("job/qa/job/nightly")}
    for plan, reruns, *_ in RESULTS:
        form = {"TestPlanName": plan, "NoOfReruns": reruns, "Environment": "preprod"}
        items[plan, reruns] = jenkins.launch(REGRESSION, form)
    return {key: jenkins.ended(jenkins.started(item)) for key, item in items.items()}


def path_of(jenkins: Server, build: dict[str, Any]) -> str:
    return str(build["url"]).removeprefix(jenkins.url)


def cases_of(jenkins: Server, build: dict[str, Any]) -> list[dict[str, Any]]:
    report = jenkins.json(f"{path_of(jenkins, build)}testReport/api/json")
    return [case for suite in report["suites"] for case in suite["cases"]]


@pytest.mark.parametrize(("plan", "reruns", "result", "failed", "skipped", "total"), RESULTS)
def test_result(
    jenkins: Server,
    builds: dict[tuple[str, str], Any],
    plan: str,
    reruns: str,
    result: str,
    failed: int | None,
    skipped: int | None,
    total: int | None,  # None: no report
) -> None:
    build = builds[plan, reruns]
    report = jenkins.get(f"{path_of(jenkins, build)}testReport/api/json")
    counted = [action for action in build["actions"] if "totalCount" in action]
    assert build["result"] == result
    if total is None:
        assert report.status_code == 404
        assert counted == []
        return
    assert (counted[0]["failCount"], counted[0]["totalCount"]) == (failed, total)
    shown = report.json()
    assert shown["_class"] == "hudson.tasks.junit.TestResult"
    assert (shown["failCount"], shown["skipCount"]) == (failed, skipped)
    assert shown["passCount"] + shown["failCount"] + shown["skipCount"] == total


def test_earlier_attempts_are_in_the_report(
    jenkins: Server, builds: dict[tuple[str, str], Any]
) -> None:
    passed = {case["name"]: case for case in cases_of(jenkins, builds["flaky", "2"])}
    failed = {case["name"]: case for case in cases_of(jenkins, builds["flaky", "1"])}
    third = "test_pays_at_the_third_attempt"
    assert [len(case["flakyFailures"]) for case in passed.values()] == [0, 0, 1, 2]
    assert [len(case["rerunFailures"]) for case in failed.values()] == [0, 0, 0, 1]
    attempt = passed[third]["flakyFailures"][0]
    assert attempt["message"] == "TimeoutError: payment by gift card timed out after 3.0 s"
    assert attempt["type"] == "TimeoutError"
    assert "test_payment.py" in attempt["stackTrace"]
    assert attempt["stdout"] == "paying by gift card, attempt 1\n"
    assert failed[third]["status"] == "FAILED"


def test_bare_attempts_are_cases_of_their_own(
    jenkins: Server, builds: dict[tuple[str, str], Any]
) -> None:
    cases = cases_of(jenkins, builds["flaky-bare", "2"])
    third = [case for case in cases if case["name"] == "test_pays_at_the_third_attempt"]
    assert [case["status"] for case in third] == ["PASSED"] * 3
    assert not any(case["flakyFailures"] or case["rerunFailures"] for case in cases)


def test_failures_have_message_and_trace(
    jenkins: Server, builds: dict[tuple[str, str], Any]
) -> None:
    cases = {case["name"]: case for case in cases_of(jenkins, builds["failing", "0"])}
    deep = cases["test_deep_down"]
    assert deep["status"] == "FAILED"
    assert deep["className"] == "failing.test_checkout"
    assert deep["errorDetails"].startswith("KeyError: 'saucer'")
    assert deep["errorStackTrace"].count("in depth") > 10
    assert "no route to warehouse" in cases["test_stock"]["errorDetails"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("smoke", "0"), "Running test plan 'smoke' on preprod, up to 0 reruns of a failed test"),
        (("broken", "0"), "could not connect to database shop-staging:5432"),
        (("broken", "0"), "No test report files were found. Configuration error?"),
        (("no-such-plan", "0"), "Unknown test plan 'no-such-plan'. There are: broken, chatty,"),
        (("smoke", "many"), "NoOfReruns must be a whole number, not 'many'."),
    ],
)
def test_console_says_what_happened(
    jenkins: Server, builds: dict[tuple[str, str], Any], key: tuple[str, str], text: str
) -> None:
    assert text in jenkins.console(path_of(jenkins, builds[key]))


def test_chatty_is_long_and_coloured(jenkins: Server, builds: dict[tuple[str, str], Any]) -> None:
    console = jenkins.console(path_of(jenkins, builds["chatty", "0"]))
    assert console.count(" handled\n") == 20_000
    assert "\x1b[31mERROR\x1b[0m" in console


def test_long_prints_as_it_goes(jenkins: Server) -> None:
    path = jenkins.started(jenkins.launch(REGRESSION, {"TestPlanName": "long"}))
    wait_for(lambda: jenkins.console(path).count("orders so far") >= 3)
    assert "collected 80 items" in jenkins.console(path)
    assert jenkins.json(f"{path}api/json")["building"] is True
    jenkins.post(f"{path}stop")
    assert jenkins.ended(path)["result"] == "ABORTED"


def test_nightly_runs_the_smoke_plan(jenkins: Server, builds: dict[tuple[str, str], Any]) -> None:
    build = builds["nightly", ""]
    assert build["result"] == "SUCCESS"
    assert not any("parameters" in action for action in build["actions"])
    assert cases_of(jenkins, build)[0]["className"] == "smoke.test_shop"


def test_how_long_a_case_has_been_failing(jenkins: Server) -> None:
    command = (
        '[ $BUILD_NUMBER = 2 ] || bad="<failure/>"; '
        "echo \"<testsuite><testcase name='t'>$bad</testcase></testsuite>\" > r.xml"
    )
    jenkins.make_job("ages", freestyle(f"set +x; {command}", junit="r.xml"))
    ages = []
    for _ in range(4):
        case = cases_of(jenkins, jenkins.run("job/ages"))[0]
        ages.append((case["status"], case["age"], case["failedSince"]))
    assert ages == [("FAILED", 1, 1), ("PASSED", 0, 0), ("FAILED", 1, 3), ("FAILED", 2, 3)]


def test_a_report_of_an_earlier_build_is_not_taken(jenkins: Server) -> None:
    command = (
        "[ $BUILD_NUMBER = 1 ] || { touch -d '1 minute ago' r.xml; exit 1; }\n"
        "echo '<testsuite><testcase name=\"t\"/></testsuite>' > r.xml"
    )
    jenkins.make_job("stale", freestyle(command, junit="r.xml"))
    assert len(cases_of(jenkins, jenkins.run("job/stale"))) == 1
    build = jenkins.run("job/stale")
    assert build["result"] == "FAILURE"
    assert "none of them are new" in jenkins.console(path_of(jenkins, build))
    assert jenkins.get(f"{path_of(jenkins, build)}testReport/api/json").status_code == 404


SCRIPT_IN_NAME = '<testsuite name="s"><testcase name="&lt;script>"/></testsuite>'
ODD_REPORTS = [  # name, file, contents, result, name of the only case or a line of the console
    ("not xml", "r.xml", "no <xml", "UNSTABLE", "[failed-to-read]"),
    ("empty", "r.xml", "", "UNSTABLE", "[empty]"),
    ("not even named so", "r.txt", "no <xml", "FAILURE", "Is this really a JUnit report file?"),
    ("none", "other.xml", "<testsuite/>", "FAILURE", "No test report files were found."),
    ("no cases", "r.xml", "<testsuite/>", "FAILURE", "None of the test reports contained any"),
    ("script", "r.xml", SCRIPT_IN_NAME, "SUCCESS", "<script>"),
]


@pytest.mark.parametrize(("name", "file", "contents", "result", "shown"), ODD_REPORTS)
def test_odd_reports(
    jenkins: Server, name: str, file: str, contents: str, result: str, shown: str
) -> None:
    command = f"set +x\nprintf '%s' '{contents}' > {file}"
    jenkins.make_job(f"odd {name}", freestyle(command, junit="r.*"))
    build = jenkins.run(f"job/odd {name}")
    assert build["result"] == result
    if result == "FAILURE":
        assert shown in jenkins.console(path_of(jenkins, build))
        assert jenkins.get(f"{path_of(jenkins, build)}testReport/api/json").status_code == 404
    else:
        assert [case["name"] for case in cases_of(jenkins, build)] == [shown]


def test_a_report_that_is_no_json_on_demand(
    jenkins: Server, builds: dict[tuple[str, str], Any]
) -> None:
    path = f"{path_of(jenkins, builds['smoke', '0'])}testReport/api/json"
    jenkins.post("demo/fault", {"kind": "broken-report"})
    broken = jenkins.get(path)
    assert broken.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        broken.json()
    assert jenkins.json(path)["passCount"] == 9


def test_suites_of_one_file_and_output(jenkins: Server) -> None:
    xml = (
        '<testsuites><testsuite name="one" time="1,234.5" timestamp="2026-01-02T03:04:05">'
        '<testcase classname="C" name="a" time="0.5"><system-out>said</system-out></testcase>'
        '<testcase name="b"><skipped message="later"/></testcase>'
        "<system-err>grumbled</system-err></testsuite>"
        '<testsuite name="two"><testcase classname="C" name="c">'
        '<error message="oh">at line 1</error></testcase></testsuite></testsuites>'
    )
    jenkins.make_job("suites", freestyle(f"set +x\necho '{xml}' > r.xml", junit="**/r*.xml"))
    build = jenkins.run("job/suites")
    report = jenkins.json(f"{path_of(jenkins, build)}testReport/api/json")
    one, two = report["suites"]
    first, second, third = one["cases"] + two["cases"]
    assert (one["name"], one["duration"]) == ("one", 1234.5)
    assert one["timestamp"] == "2026-01-02T03:04:05"
    assert [case["status"] for case in (first, second, third)] == ["PASSED", "SKIPPED", "FAILED"]
    assert (first["stdout"], first["stderr"]) == ("said", "grumbled")
    assert (second["className"], second["skippedMessage"]) == ("one", "later")
    assert (third["errorDetails"], third["errorStackTrace"]) == ("oh", "at line 1")
    tree = "testReport/api/json?tree=failCount,suites[cases[name]{0,1}]"
    assert jenkins.json(f"{path_of(jenkins, build)}{tree}") == {
        "_class": "hudson.tasks.junit.TestResult",
        "failCount": 1,
        "suites": [{"cases": [{"name": "a"}]}, {"cases": [{"name": "c"}]}],
    }
