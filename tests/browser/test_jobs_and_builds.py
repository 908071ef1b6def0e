"""Jobs and builds in a browser, as a tester and an admin use them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.demo import Remote
from tests.servers import Runboard

PATIENCE_MS = 60_000
TRIGGER_TOKEN = "open sesame"  # noqa: S105  of a job that exists in tests only


def open_job(tab: Page, name: str) -> None:
    tab.goto(f"/jobs/?q={name}")
    tab.get_by_role("link", name=name, exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text(name)


def make_job(runboard: Runboard, jenkins: Remote, name: str, shell: str, more: str = "") -> None:
    """A job without parameters, in Runboard's catalogue."""
    step = f"<hudson.tasks.Shell><command>{shell}</command></hudson.tasks.Shell>"
    xml = f"<project><builders>{step}</builders>{more}</project>"
    kind = {"Content-Type": "application/xml"}
    jenkins.post("createItem", params={"name": name}, data=xml.encode(), headers=kind)
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)


def test_the_tiles_follow_a_build_that_jenkins_started_and_any_build_opens(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    make_job(runboard, jenkins, "tiles", "sleep 5")
    tab = browse()
    open_job(tab, "tiles")
    tiles = tab.locator("#tiles")
    expect(tiles.get_by_text("none yet")).to_have_count(7, timeout=PATIENCE_MS)
    jenkins.post("job/tiles/build?delay=0sec")
    expect(tiles.get_by_text("running,")).to_be_visible(timeout=PATIENCE_MS)
    tab.get_by_role("button", name="null : all its facts").click()
    expect(tiles.locator("dl")).to_contain_text("null (running)")
    tab.keyboard.press("Escape")
    expect(tiles.get_by_text("none yet")).to_have_count(3, timeout=PATIENCE_MS)

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


def test_a_plain_job_is_launched_by_one_button_and_its_build_kept_forever(browse: Browse) -> None:
    tab = browse()
    open_job(tab, "qa/nightly")
    expect(tab.get_by_role("button", name="Launch", exact=True)).to_have_count(1)
    tab.get_by_role("button", name="Launch", exact=True).click()
    tab.wait_for_url(re.compile(r"/runs/\d+/"))
    expect(tab.locator("#run-header .status")).to_have_text("Passed", timeout=PATIENCE_MS)
    tab.get_by_role("button", name=": all its facts").click()
    tab.locator("#run-header").get_by_role("button", name="Keep forever").click()
    tab.wait_for_url("**/timeline/")
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
    expect(tab.locator("#run-header .status")).to_have_text("Passed", timeout=PATIENCE_MS)
    tab.get_by_role("link", name="Timeline").click()
    expect(tab.locator(".card dl")).to_contain_text("Tester via Runboard")
    expect(tab.get_by_text("A worker sends it with the job's trigger token")).to_be_visible()
