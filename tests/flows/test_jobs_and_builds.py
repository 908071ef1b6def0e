"""A job and its builds as Jenkins has them: tiles, any build, keep, switch, trigger token."""

from __future__ import annotations

import time
from pathlib import Path

from tests.demo import Remote
from tests.flows.page import Page, words_of
from tests.flows.person import (
    HAPPENS_WITHIN_S,
    POLL_EVERY_S,
    Person,
    console_lines,
    run_path,
    whole_console,
)
from tests.servers import Runboard

TRIGGER_TOKEN = "open sesame"  # noqa: S105  of a job that exists in tests only


def tiles_until(person: Person, job: Page, said: str) -> str:
    """Follow the tiles of a job's page until they say something."""
    tiles = job.part("tiles")
    give_up_at = time.monotonic() + HAPPENS_WITHIN_S
    while said not in words_of(tiles):
        assert time.monotonic() < give_up_at, words_of(tiles)
        time.sleep(POLL_EVERY_S)
        if news := person.poll(tiles):
            tiles = news.part("tiles")
    return words_of(tiles)


def test_a_build_that_jenkins_started_is_seen_live_and_read(
    tester: Person, runboard: Runboard, jenkins: Remote, gate: Path
) -> None:
    jenkins.make_job("foreign", f"set +x; until [ -e {gate} ]; do sleep 0.1; done; echo through")
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)
    job = tester.open(tester.path_of("foreign"))
    assert tiles_until(tester, job, "none yet").count("none yet") == 7
    jenkins.post("job/foreign/build?delay=0sec")
    words = tiles_until(tester, job, "running,")
    assert "Result null (running)" in words
    gate.touch()
    words = tiles_until(tester, job, "last stable SUCCESS 1 success")
    assert words.count("none yet") == 3  # unstable, failed, unsuccessful
    assert "Keep log false" in words

    for asked in ("foreign#1", f"{jenkins.url}job/foreign/1/console"):
        build = tester.open(f"/search/?q={asked.replace('#', '%23')}")
        assert build.path == f"{job.path}builds/1/"
    assert list(console_lines(build).values())[-1] == "Finished: SUCCESS"
    whole = tester.get(f"{build.path}console.txt")
    assert whole.text.endswith("\nthrough\nFinished: SUCCESS\n")


def test_a_build_of_a_run_leads_to_the_run_and_is_kept_forever(tester: Person) -> None:
    run = tester.settled(tester.launch("hostile-console", TestPlanName="kept"))
    timeline = tester.open(f"{run_path(run)}timeline/")
    assert "Jenkins took it: 201, queue item" in timeline.words
    facts = dict(zip_facts(timeline))
    assert facts["Id"] == facts["Number"]
    assert facts["Keep log"] == "false"
    job = tester.path_of("hostile-console")
    assert tester.open(f"{job}builds/{facts['Number']}/").path == run_path(run)

    form = timeline.form(f"{run_path(run)}keep/")
    timeline = tester.send(form)
    assert dict(zip_facts(timeline))["Keep log"].startswith("true")
    assert f"Build {facts['Number']} is kept for ever: Tester asked for it." in timeline.words
    form = timeline.form(f"{run_path(run)}keep/")
    form.fields["keep"] = "no"
    assert dict(zip_facts(tester.send(form)))["Keep log"] == "false"


def test_a_job_that_asks_for_nothing_is_launched_by_one_button(tester: Person) -> None:
    job = tester.path_of("qa/nightly")
    run = tester.send(tester.open(job).form(f"{job}launch/"))
    assert words_of(tester.settled(run).part("run-header")).startswith("Passed nightly")


def test_switching_off_ends_what_waits_and_says_who_and_why(tester: Person, admin: Person) -> None:
    run = tester.launch("qa/gpu", TestPlanName="render")
    tester.wait_for(run, "Queued")
    job = tester.path_of("qa/gpu")
    assert "Only admins switch jobs." in tester.open(job).html
    question = admin.open(f"{job}switch/")
    assert "wait" in question.words
    assert "queue item" in question.words
    page = admin.send(question.form(f"{job}switch/").fill({"why": "no GPU <b>yet"}))
    assert "Jenkins says that qa/gpu is off now." in page.words
    assert "Admin switched it off" in page.words

    header = words_of(tester.settled(run).part("run-header"))
    assert header.startswith("Cancelled render")
    assert "Job switched off by Admin: no GPU <b>yet" in header
    assert "by Admin no GPU <b>yet" in tester.open("/jobs/?q=qa/gpu").words

    question = admin.open(f"{job}switch/")
    page = admin.send(question.form(f"{job}switch/").fill({"why": "there is one"}))
    assert "Jenkins says that qa/gpu is on now." in page.words


def test_with_a_trigger_token_a_launch_goes_out_without_a_user(
    tester: Person, admin: Person, runboard: Runboard, jenkins: Remote
) -> None:
    jenkins.make_job("triggered", "true", more=f"<authToken>{TRIGGER_TOKEN}</authToken>")
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)
    job = tester.path_of("triggered")
    settings = admin.open(f"{job}settings/")
    settings = admin.send(settings.form().fill({"token": TRIGGER_TOKEN}))
    assert TRIGGER_TOKEN not in settings.html

    page = tester.open(job)
    assert "without a user" in page.words
    run = tester.settled(tester.send(page.form(f"{job}launch/")))
    timeline = tester.open(f"{run_path(run)}timeline/")
    assert "with the job’s trigger token, without a user" in timeline.words
    assert "Tester via Runboard" in dict(zip_facts(timeline))["Cause"]
    assert "Tester via Runboard" in " ".join(whole_console(tester, run))
    logs = [path.read_text(errors="replace") for path in (runboard.state / "logs").iterdir()]
    assert logs
    assert all(TRIGGER_TOKEN not in log and "open+sesame" not in log for log in logs)


def zip_facts(page: Page) -> list[tuple[str, str]]:
    """Names and values of the panel *Jenkins build* on a run's Timeline."""
    panel = page.find(".//section[@aria-labelledby='build-title']")
    names, values = panel.findall(".//dt"), panel.findall(".//dd")
    return [(words_of(n), words_of(v)) for n, v in zip(names, values, strict=True)]
