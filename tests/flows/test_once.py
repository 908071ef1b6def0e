"""Never a lost or a doubled run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.demo import Remote, wait_until
from tests.flows.page import words_of
from tests.flows.person import Person, run_number


def builds_of(jenkins: Remote, job: str) -> list[int]:
    answer = jenkins.get(f"job/{job}/api/json?tree=builds[number]")
    return [build["number"] for build in answer.json()["builds"]]


def test_two_clicks_at_once_make_one_run_and_one_build(tester: Person, jenkins: Remote) -> None:
    before = builds_of(jenkins, "qa/job/regression")
    form = tester.form_of("qa/regression").form().fill({"p-TestPlanName": "smoke"})
    with ThreadPoolExecutor() as both:
        answers = list(both.map(tester.post, [form, form]))
    assert [answer.status_code for answer in answers] == [303, 303]
    (address,) = {answer.headers["Location"] for answer in answers}

    run = tester.settled(tester.open(address))
    assert "Passed" in words_of(run.part("run-header"))
    assert len(builds_of(jenkins, "qa/job/regression")) == len(before) + 1


def test_a_launch_whose_answer_was_lost_is_asked_about_and_adopted_by_its_number(
    tester: Person, jenkins: Remote
) -> None:
    before = builds_of(jenkins, "qa/job/regression")
    jenkins.fault("close-after-accept", path="qa/job/regression")
    run = tester.launch("qa/regression", TestPlanName="smoke")
    tester.wait_for(run, "Unknown")
    assert tester.open("/").has(f"run-{run_number(run)}-decide")

    wait_until(lambda: len(builds_of(jenkins, "qa/job/regression")) > len(before))
    (number,) = set(builds_of(jenkins, "qa/job/regression")) - set(before)
    page = tester.open(run.path)
    assert "Did demo take it?" in page.words
    adopt = page.form(f"{run.path}settle/adopt/").fill({"number": str(number)})
    run = tester.settled(tester.send(adopt))

    header = words_of(run.part("run-header"))
    assert header.startswith("Passed smoke")
    assert f"build {number} SUCCESS" in header
    assert len(builds_of(jenkins, "qa/job/regression")) == len(before) + 1
