"""What Jenkins may send or do, shown in words and never believed."""

from __future__ import annotations

from tests.demo import Remote
from tests.flows.page import words_of
from tests.flows.person import Person, whole_console
from tests.jobs import HOSTILE

ESCAPED = "&lt;script&gt;alert(1)&lt;/"  # a console may break the line behind it


def test_a_console_with_markup_and_invalid_utf_8_is_shown_as_text(tester: Person) -> None:
    run = tester.settled(tester.launch("hostile-console", TestPlanName="hostile"))
    lines = [line for line in whole_console(tester, run) if not line.startswith("+")]
    assert lines[-4:-1] == [HOSTILE, "bad \ufffd\ufffd bytes", "after them"]
    page = tester.open(run.path)
    assert ESCAPED in page.html
    assert HOSTILE not in page.html
    assert "lines may be missing" not in page.words

    download = tester.get(f"{run.path}console.txt")
    assert download.headers["Content-Type"].startswith("text/plain")
    assert "bad \ufffd\ufffd bytes\n" in download.content.decode()


def test_a_report_with_markup_is_shown_as_text(tester: Person) -> None:
    run = tester.settled(tester.launch("hostile-report", TestPlanName="hostile"))
    assert run.path.endswith("/tests/")
    assert run.html.count(ESCAPED) >= 2  # name and message
    assert HOSTILE not in run.html


def test_a_report_file_that_is_no_xml_is_named_as_what_failed(tester: Person) -> None:
    run = tester.settled(tester.launch("garbage-report", TestPlanName="garbage"))
    assert run.path.endswith("/tests/")
    assert "Failed to read test report file" in run.words


def test_a_report_that_cannot_be_read_at_first_is_read_later(
    tester: Person, jenkins: Remote
) -> None:
    jenkins.fault("broken-report", path="qa/job/regression")
    run = tester.launch("qa/regression", TestPlanName="smoke")
    tester.wait_for(run, "Finished, reading its tests")
    run = tester.settled(run)
    assert "Passed" in words_of(run.part("run-header"))
    assert "The test report cannot be read yet" in tester.open(f"{run.path}timeline/").words


def test_a_job_deleted_between_form_and_launch_is_refused_in_words(
    tester: Person, jenkins: Remote
) -> None:
    form = tester.form_of("doomed").form()
    jenkins.post("job/doomed/doDelete")
    run = tester.settled(tester.send(form.fill({"p-TestPlanName": "late"})))
    header = words_of(run.part("run-header"))
    assert header.startswith("Refused late")
    assert "Jenkins has no job doomed (any more)" in header
