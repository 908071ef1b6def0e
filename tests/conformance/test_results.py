"""What runs leave behind: test reports and artifacts."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.conformance.configuration import archive, freestyle, junit
from tests.conformance.controller import Controller, not_supported

REPORT = """<testsuite name="shop" time="3.5">
<testcase classname="shop.Cart" name="adds" time="1.5"/>
<testcase classname="shop.Cart" name="removes" time="2">
<failure message="1 is not 2">at line 7</failure></testcase>
<testcase classname="shop.Cart" name="waits"><skipped message="not today"/></testcase>
</testsuite>"""


class TestReports:
    """testReport, of the plugin junit."""

    @pytest.fixture(scope="module")
    @staticmethod
    def run(jenkins: Controller) -> str:
        """A run with one test of each kind."""
        command = f"cat > report.xml <<'END'\n{REPORT}\nEND"
        job = jenkins.make_job("tested", freestyle(command, after=junit("report.xml")))
        run = jenkins.run(job)
        if jenkins.get(f"{run}/testReport/api/json").status_code == 404:
            not_supported("junit")
        return run

    def test_counts(self, jenkins: Controller, run: str) -> None:
        report = jenkins.json(f"{run}/testReport")
        assert report["_class"] == "hudson.tasks.junit.TestResult"
        assert report["empty"] is False
        assert report["duration"] == pytest.approx(3.5)
        counts = [report[name] for name in ("passCount", "failCount", "skipCount")]
        assert counts == [1, 1, 1]
        assert "totalCount" not in report

    def test_the_run_is_unstable_and_counts_too(self, jenkins: Controller, run: str) -> None:
        facts = jenkins.json(run)
        name = "hudson.tasks.junit.TestResultAction"
        [counts] = [action for action in facts["actions"] if action.get("_class") == name]
        assert facts["result"] == "UNSTABLE"
        assert counts == {
            "_class": name,
            "failCount": 1,
            "skipCount": 1,
            "totalCount": 3,
            "urlName": "testReport",
        }

    def test_cases(self, jenkins: Controller, run: str) -> None:
        [suite] = jenkins.json(f"{run}/testReport")["suites"]
        assert suite["name"] == "shop"
        assert {"duration", "timestamp", "id", "stdout", "stderr"} <= suite.keys()
        adds, removes, waits = suite["cases"]
        assert (adds["className"], adds["name"]) == ("shop.Cart", "adds")
        assert (adds["status"], adds["age"], adds["failedSince"]) == ("PASSED", 0, 0)
        assert adds["duration"] == pytest.approx(1.5)
        assert removes["status"] in ("FAILED", "REGRESSION")  # by the plugin's age
        assert (removes["age"], removes["failedSince"]) == (1, 1)
        assert removes["errorDetails"] == "1 is not 2"
        assert "at line 7" in removes["errorStackTrace"]
        assert (waits["status"], waits["skipped"]) == ("SKIPPED", True)
        assert waits["skippedMessage"] == "not today"

    def test_only_what_is_asked_for(self, jenkins: Controller, run: str) -> None:
        tree = "failCount,suites[cases[name,status]{1,2}]"
        report = jenkins.json(f"{run}/testReport", tree)
        assert report.pop("_class")
        [case] = report["suites"][0]["cases"]
        assert (case["name"], report["failCount"]) == ("removes", 1)

    def test_a_case_that_goes_on_failing_ages(self, jenkins: Controller, run: str) -> None:
        again = jenkins.run(jenkins.name_job("tested"))
        removes = jenkins.json(f"{again}/testReport", "suites[cases[*]]")["suites"][0]["cases"][1]
        assert removes["status"] == "FAILED"
        assert (removes["age"], removes["failedSince"]) == (2, int(run.rpartition("/")[2]))


def test_a_run_without_a_report_404(jenkins: Controller) -> None:
    run = jenkins.run(jenkins.make_job("untested", freestyle()))
    assert jenkins.get(f"{run}/testReport/api/json").status_code == 404


class TestArtifacts:
    """Files that a run kept."""

    @pytest.fixture(scope="module")
    @staticmethod
    def run(jenkins: Controller) -> str:
        """A run with two files, one of them in a folder with letters to encode."""
        command = "mkdir -p 'logs/ä b'; echo first > a.txt; printf '\\377\\000' > 'logs/ä b/c#.bin'"
        job = jenkins.make_job("keeps files", freestyle(command, after=archive("**")))
        return jenkins.run(job)

    def test_are_listed(self, jenkins: Controller, run: str) -> None:
        shown = jenkins.json(run, "artifacts[fileName,relativePath,displayPath]")["artifacts"]
        names = {entry["relativePath"]: entry["fileName"] for entry in shown}
        assert names == {"a.txt": "a.txt", "logs/ä b/c#.bin": "c#.bin"}
        assert all("_class" not in entry and "displayPath" in entry for entry in shown)

    @pytest.mark.parametrize(
        ("path", "content"), [("a.txt", b"first\n"), ("logs/%C3%A4%20b/c%23.bin", b"\xff\x00")]
    )
    def test_are_read(self, jenkins: Controller, run: str, path: str, content: bytes) -> None:
        answer = jenkins.get(f"{run}/artifact/{path}")
        assert (answer.status_code, answer.content) == (200, content)

    def test_a_part_of_one(self, jenkins: Controller, run: str) -> None:
        headers = {"Range": "bytes=2-", "Accept-Encoding": "identity"}
        answer = jenkins.get(f"{run}/artifact/a.txt", headers=headers)
        assert (answer.status_code, answer.content) == (206, b"rst\n")
        assert answer.headers["Content-Range"] == "bytes 2-5/6"

    def test_all_in_one_file(self, jenkins: Controller, run: str) -> None:
        answer = jenkins.get(f"{run}/artifact/*zip*/archive.zip")
        assert answer.status_code == 200
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            names = {name for name in packed.namelist() if not name.endswith("/")}
        assert {name.rpartition("/")[2] for name in names} == {"a.txt", "c#.bin"}

    @pytest.mark.parametrize("path", ["none.txt", "logs/none.txt"])
    def test_none_404(self, jenkins: Controller, run: str, path: str) -> None:
        assert jenkins.get(f"{run}/artifact/{path}").status_code == 404
