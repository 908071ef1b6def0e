"""Jobs and builds in a browser, as a tester and an admin use them."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Browse
from tests.browser.test_looks import examine, fits
from tests.demo import Remote, wait_until
from tests.servers import Runboard

TRIGGER_TOKEN = "open sesame"  # noqa: S105  of a job that exists in tests only


def open_job(tab: Page, name: str) -> None:
    tab.goto(f"/jobs/?q={name}")
    tab.get_by_role("link", name=name, exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text(name)


def make_job(runboard: Runboard, jenkins: Remote, name: str, shell: str, more: str = "") -> None:
    """A job without parameters, in Runboard's catalogue."""
    jenkins.make_job(name, shell, more=more)
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)


def test_the_tiles_follow_a_build_that_jenkins_started_and_any_build_opens(
    browse: Browse, runboard: Runboard, jenkins: Remote, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    make_job(runboard, jenkins, "tiles", f"until [ -e {end} ]; do sleep 0.1; done")
    tab = browse()
    open_job(tab, "tiles")
    tiles = tab.locator("#tiles")
    expect(tiles.get_by_text("none yet")).to_have_count(7)
    jenkins.post("job/tiles/build?delay=0sec")
    expect(tiles.get_by_text("running,")).to_be_visible()
    tab.get_by_role("button", name="null : all its facts").click()
    expect(tiles.locator("dl")).to_contain_text("null (running)")
    tab.keyboard.press("Escape")
    end.touch()
    expect(tiles.get_by_text("none yet")).to_have_count(3)

    tab.get_by_label("Any build, launched here or not").fill("1")
    tab.get_by_role("button", name="Open", exact=True).click()
    expect(tab.get_by_role("heading", name="Jenkins build")).to_be_visible()
    expect(tab.locator(".rb-line").last).to_have_text("Finished: SUCCESS")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download as text").click()
    assert download.value.path().read_text().endswith("Finished: SUCCESS\n")
    here = tab.url
    tab.goto("/")
    tab.get_by_role("searchbox", name="Find a job").fill(f"{jenkins.url}job/tiles/1/console")
    tab.keyboard.press("Enter")
    tab.wait_for_url(here)


def test_a_job_s_page_follows_its_runs_and_its_switch_in_jenkins(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "followed", "true")
    tab, other = browse(), browse(who="lead")
    open_job(tab, "followed")
    key = tab.locator("#launch input[name=key]").input_value()
    launch = tab.get_by_role("button", name="Launch", exact=True)
    launch.focus()
    open_job(other, "followed")
    other.get_by_role("button", name="Launch", exact=True).click()
    row = tab.locator("#job-runs").get_by_role("row").nth(1)
    expect(row).to_contain_text("Passed")
    expect(launch).to_be_focused()
    # The form is the one that was there: its key still keeps two clicks from becoming two runs
    assert tab.locator("#launch input[name=key]").input_value() == key
    jenkins.post("job/followed/disable")
    expect(tab.get_by_text("This job is switched off in Jenkins.")).to_be_visible()
    expect(launch).to_have_attribute("aria-disabled", "true")


def test_a_plain_job_is_launched_by_one_button_and_its_build_kept_forever(browse: Browse) -> None:
    tab = browse()
    open_job(tab, "qa/nightly")
    expect(tab.get_by_role("button", name="Launch", exact=True)).to_have_count(1)
    tab.get_by_role("button", name="Launch", exact=True).click()
    tab.wait_for_url(re.compile(r"/runs/\d+/"))
    expect(tab.locator("#run-header .status")).to_have_text("Passed")
    tab.get_by_role("button", name=": all its facts").click()
    tab.locator("#run-header").get_by_role("button", name="Keep forever").click()
    expect(tab.get_by_text("is kept for ever.")).to_be_visible()
    expect(tab.locator(".rb-line").last).to_have_text("Finished: SUCCESS")
    tab.get_by_role("link", name="Timeline").click()
    expect(tab.get_by_text("is kept for ever: Tester asked for it.")).to_be_visible()
    tab.locator("main .card").get_by_role("button", name="Let it be deleted").click()
    expect(tab.get_by_text("may be deleted again: Tester asked for it.")).to_be_visible()


def test_an_admin_switches_a_job_in_the_list_by_a_dialog(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "to-be-switched", "true")
    tab = browse("/jobs/?q=to-be-switched", who="admin")
    tab.get_by_role("link", name="to-be-switched is on; switch it off").click()
    dialog = tab.get_by_role("dialog", name="Switch to-be-switched off?")
    expect(dialog.get_by_label("Why")).to_be_focused()
    dialog.get_by_role("button", name="Leave it on").click()
    expect(dialog).to_be_hidden()

    tab.get_by_role("link", name="to-be-switched is on; switch it off").click()
    dialog.get_by_label("Why").fill("the sandbox moves")
    dialog.get_by_role("button", name="Switch off").click()
    expect(tab.get_by_text("Admin switched it off")).to_be_visible()
    assert jenkins.get("job/to-be-switched/api/json").json()["disabled"]

    tester = browse("/jobs/?q=to-be-switched")
    expect(tester.get_by_text("the sandbox moves")).to_be_visible()
    switch = tester.get_by_role("switch", name="Only admins switch jobs.")
    expect(switch).to_have_attribute("aria-checked", "false")

    tab.get_by_role("link", name="to-be-switched is off; switch it on").click()
    dialog = tab.get_by_role("dialog", name="Switch to-be-switched on?")
    dialog.get_by_label("Why").fill("moved")
    dialog.get_by_role("button", name="Switch on").click()
    expect(tab.get_by_text("Jenkins says that to-be-switched is on now.")).to_be_visible()
    assert not jenkins.get("job/to-be-switched/api/json").json()["disabled"]


def test_the_slower_of_two_who_switch_a_job_reads_what_the_quicker_one_said(
    browse: Browse, runboard: Runboard, jenkins: Remote, pictures: Path
) -> None:
    make_job(runboard, jenkins, "switched-twice", "true")
    tabs = [browse("/jobs/?q=switched-twice", who="admin") for _ in range(2)]
    for tab in tabs:
        tab.get_by_role("link", name="switched-twice is on; switch it off").click()
        expect(tab.get_by_role("dialog").get_by_label("Why")).to_be_focused()
    for tab, why in zip(tabs, ("the cellar is wet", "it is Sunday"), strict=True):
        tab.get_by_label("Why").fill(why)
        tab.get_by_role("button", name="Switch off").click()
    slower = tabs[1]
    said = "Admin switched it off meanwhile: the cellar is wet."
    expect(slower.get_by_role("alert")).to_contain_text(said)
    expect(slower.get_by_label("Why")).to_have_value("it is Sunday")
    examine(slower, "job-switch-meanwhile", pictures)
    fits(slower)
    slower.get_by_role("button", name="Switch off").click()
    expect(slower.get_by_role("region", name="Switches")).to_contain_text("it is Sunday")
    expect(slower.get_by_role("region", name="Switches")).to_contain_text("the cellar is wet")


def test_the_field_of_a_job_opens_its_last_builds_by_their_names(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "by-name", "true")
    tab = browse()

    def ask_for(name: str) -> None:
        open_job(tab, "by-name")
        tab.get_by_label("Any build, launched here or not").fill(name)
        tab.get_by_role("button", name="Open", exact=True).click()

    jenkins.post("job/by-name/build?delay=0sec")
    wait_until(lambda: '"result":"SUCCESS"' in jenkins.get("job/by-name/1/api/json").text)
    ask_for("lastStableBuild")
    tab.wait_for_url("**/builds/1/")
    ask_for("lastFailedBuild")
    expect(tab.get_by_text("by-name has no lastFailedBuild yet.")).to_be_visible()


def test_an_admin_sets_a_trigger_token_and_a_run_says_that_it_went_out_so(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "by-token", "true", f"<authToken>{TRIGGER_TOKEN}</authToken>")
    admin = browse(who="admin")
    open_job(admin, "by-token")
    admin.get_by_role("link", name="Settings of by-token").click()
    admin.get_by_label("Trigger token").fill(TRIGGER_TOKEN)
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Kept, encrypted.")).to_be_visible()
    assert TRIGGER_TOKEN not in admin.content()

    tab = browse()
    open_job(tab, "by-token")
    expect(tab.get_by_text("Goes out without a user")).to_be_visible()
    tab.get_by_role("button", name="Launch", exact=True).click()
    expect(tab.locator("#run-header .status")).to_have_text("Passed")
    tab.get_by_role("link", name="Timeline").click()
    expect(tab.locator(".card dl")).to_contain_text("Tester via Runboard")
    expect(tab.get_by_text("A worker sends it with the job’s trigger token")).to_be_visible()


def open_timeline(tab: Page) -> Locator:
    """The Timeline of the run whose page is open; its list of what happened."""
    tab.get_by_role("link", name="Timeline").click()
    tab.wait_for_url("**/timeline/")
    return tab.get_by_role("region", name="What happened")


def test_an_equal_launch_is_shown_as_joined(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "waits", "true", "<assignedNode>nowhere</assignedNode>")
    tab = browse()
    status = tab.locator("#run-header .status")
    runs = []
    for state in ("Queued", "Joined"):
        open_job(tab, "waits")
        tab.get_by_role("button", name="Launch", exact=True).click()
        expect(status).to_have_text(state)
        runs.append(re.search(r"/runs/(\d+)/", tab.url)[1])
    expect(open_timeline(tab)).to_contain_text(f"joined to run {runs[0]}.")
    (item,) = [
        item["id"]
        for item in jenkins.get("queue/api/json").json()["items"]
        if item["task"]["name"] == "waits"
    ]
    jenkins.post(f"queue/cancelItem?id={item}")
    expect(status).to_have_text("Cancelled")


def test_a_launch_with_parameters_tells_its_queue_item_and_all_facts_of_its_build(
    browse: Browse, jenkins: Remote
) -> None:
    tab = browse()
    open_job(tab, "qa/regression")
    tab.get_by_role("link", name="Launch qa/regression").click()
    tab.get_by_label("TestPlanName").fill("smoke")
    tab.get_by_role("button", name="Launch", exact=True).click()
    expect(tab.locator("#run-header .status")).to_have_text("Passed")
    happened = open_timeline(tab)
    build = jenkins.get("job/qa/job/regression/lastBuild/api/json").json()
    expect(happened).to_contain_text(f"Jenkins took it: 201, queue item {build['queueId']}.")
    facts = tab.get_by_role("region", name="Jenkins build").locator("dl")
    for name, value in {
        "Number": build["number"],
        "Id": build["id"],
        "Queue id": build["queueId"],
        "Result": build["result"],
        "Timestamp": build["timestamp"],
        "Keep log": str(build["keepLog"]).lower(),
    }.items():
        fact = facts.locator("dt", has_text=re.compile(f"^{name}$")).locator("+ dd")
        expect(fact).to_contain_text(str(value))


def test_a_build_of_somebody_else_opens_by_its_number_with_facts_tests_and_console(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["job"])
    number = runs["build"].rstrip("/").rpartition("/")[2]
    tab.get_by_label("Any build, launched here or not").fill(number)
    tab.get_by_role("button", name="Open", exact=True).click()
    tab.wait_for_url(f"**{runs['build']}")
    expect(tab.get_by_text("Not launched here, and not a run.")).to_be_visible()
    expect(tab.get_by_role("region", name="Jenkins build")).to_contain_text("FAILURE")
    expect(tab.get_by_role("region", name="Tests")).to_contain_text("Failed tests")
    expect(tab.locator(".rb-line").last).to_have_text("Finished: FAILURE")


def test_a_build_that_was_launched_here_opens_as_its_run(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["failed"])
    fact = tab.locator("#fact-build").inner_text()
    number = re.search(r"build (\d+)", fact)[1]
    tab.goto(runs["job"])
    tab.get_by_label("Any build, launched here or not").fill(number)
    tab.get_by_role("button", name="Open", exact=True).click()
    tab.wait_for_url(f"**{runs['failed']}**")


def test_an_admin_switches_a_job_in_its_header(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "has-a-header", "true")
    tab = browse(who="admin")
    open_job(tab, "has-a-header")
    for now, to, why in (("on", "off", "the cellar is wet"), ("off", "on", "it is dry")):
        tab.get_by_role("link", name=f"has-a-header is {now}; switch it {to}").click()
        dialog = tab.get_by_role("dialog", name=f"Switch has-a-header {to}?")
        dialog.get_by_label("Why").fill(why)
        dialog.get_by_role("button", name=f"Switch {to}").click()
        expect(tab.get_by_text(f"Jenkins says that has-a-header is {to} now.")).to_be_visible()
        expect(tab.locator("main")).to_contain_text(why)
        assert jenkins.get("job/has-a-header/api/json").json()["disabled"] is (to == "off")
