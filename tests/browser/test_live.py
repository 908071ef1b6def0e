"""A run in a browser that follows it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse

PATIENCE_MS = 60_000


def launch(tab: Page, job: str, plan: str) -> None:
    """By the list of jobs and the form, to the page of the run."""
    tab.goto("/jobs/")
    tab.get_by_role("link", name=f"Launch {job}").click()
    tab.get_by_label("TestPlanName").fill(plan)
    tab.get_by_role("button", name="Launch", exact=True).click()
    tab.wait_for_url(re.compile(r"/runs/\d+/"))


def test_a_launched_run_turns_green_and_its_console_grows_and_stays(browse: Browse) -> None:
    tab = browse()
    launch(tab, "ticking", "in-a-browser")
    lines = tab.locator(".rb-line")
    counts = []
    while "Passed" not in tab.title():
        counts.append(lines.count())
        tab.wait_for_timeout(100)
    expect(tab.locator("#run-header .status")).to_have_text("Passed")
    assert len(set(counts)) >= 4, counts  # three before the end

    expect(lines.last).to_have_text("Finished: SUCCESS", timeout=PATIENCE_MS)
    before = lines.count()
    tab.reload()
    expect(lines).to_have_count(before)
