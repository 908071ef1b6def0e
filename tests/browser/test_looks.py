"""Each page in its widths and themes: photographed, checked by axe, never wider than a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, HEIGHT, PHONE, Browse, sign_in
from tests.servers import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
FIND = """axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
    "best-practice"], resultTypes: ["violations"]}).then(({violations}) => violations.flatMap(
    ({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`)))
"""
LINES = "(element) => element.clientHeight / parseFloat(getComputedStyle(element).lineHeight)"
NARROWEST = 360
TOO_WIDE = """[...document.querySelectorAll("body *")].filter((element) =>
    element.getBoundingClientRect().right > innerWidth + 1).map((element) => element.outerHTML)"""

PAGES = {
    "board": "/",
    "board-failing": "/?show=failing",
    "jobs": "/jobs/",
    "job": "{job}",
    "build": "{build}",
    "launch": "{job}launch/?TestPlanName=smoke",
    "again": "{failed}again/",
    "run-running": "{running}",
    "run-waiting": "{waiting}",
    "run-failed": "{failed}",
    "run-console": "{failed}?console",
    "run-passed": "{passed}",
    "run-tests": "{passed}tests/",
    "run-parameters": "{passed}parameters/",
    "run-timeline": "{passed}timeline/",
    "run-unknown": "{unknown}",
    "abort": "{running}abort/",
    "history": "/history/",
    "history-filtered": "/history/?plan=smoke&mine=true",
    "search": "/search/?q=nothing-is-called-so",
    "missing": "/runs/987654/",
    "controllers": "/controllers/",
    "controller": "/controllers/1/",
    "profile": "/profile/",
}
ADMIN_PAGES = {
    "jobs-admin": "/jobs/",
    "job-admin": "{job}",
    "job-settings": "{job}settings/",
    "job-switch": "{job}switch/",
    "controller-admin": "/controllers/1/",
    "connect": "/controllers/connect/",
    "change": "/controllers/1/change/",
    "disconnect": "/controllers/1/disconnect/",
}


def examine(tab: Page, name: str, pictures: Path) -> None:
    """Photograph a page as it is in both widths and themes; axe may find nothing."""
    found = []
    for width in (DESKTOP, PHONE):
        tab.set_viewport_size({"width": width, "height": HEIGHT[width]})
        for theme in ("light", "dark"):
            tab.emulate_media(color_scheme=theme)
            expect(tab.locator("html")).to_have_attribute("data-bs-theme", theme)
            tab.screenshot(path=pictures / f"{name}-{width}-{theme}.png")
            tab.evaluate(AXE)
            found += [f"{width} {theme} {said}" for said in tab.evaluate(FIND)]
    assert not found, "\n".join(found)


def fits(tab: Page) -> None:
    """Nothing has to be scrolled sideways on the narrowest phone."""
    tab.set_viewport_size({"width": NARROWEST, "height": HEIGHT[PHONE]})
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    assert width == NARROWEST, "\n".join(tab.evaluate(TOO_WIDE))


@pytest.mark.parametrize("name", PAGES | ADMIN_PAGES)
def test_a_page_looks_well_and_is_accessible(
    browse: Browse, runs: dict[str, str], pictures: Path, name: str
) -> None:
    path = (PAGES | ADMIN_PAGES)[name].format(**runs)
    tab = browse(path, who="admin" if name in ADMIN_PAGES else "tester")
    examine(tab, name, pictures)
    fits(tab)


def test_the_sign_in_page_does_too(browse: Browse, pictures: Path) -> None:
    tab = browse("/sign-in/", who="")
    tab.get_by_label("Name").fill("tester")
    tab.get_by_label("Password").fill("wrong")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("alert")).to_be_visible()
    examine(tab, "sign-in", pictures)
    fits(tab)


def test_a_form_with_errors_does_too(browse: Browse, runs: dict[str, str], pictures: Path) -> None:
    tab = browse(f"{runs['job']}launch/")
    tab.get_by_label("TestPlanName").fill("")
    tab.get_by_label("NoOfReruns").fill("eleven")
    tab.get_by_role("button", name="Launch", exact=True).click()
    expect(tab.get_by_text("Not launched:")).to_be_visible()
    reruns = tab.get_by_label("NoOfReruns")
    assert reruns.evaluate("(field) => field.scrollWidth <= field.clientWidth"), "cut off"
    # The plan has the focus, and its suggestions have come; they cover no error until asked for
    plans = tab.locator("#plans")
    expect(plans.get_by_role("option", include_hidden=True).first).to_be_attached()
    expect(plans).to_be_hidden()
    examine(tab, "launch-errors", pictures)
    fits(tab)
    tab.get_by_role("combobox", name="TestPlanName").click()
    expect(plans).to_be_visible()


def test_the_first_day_does_too(browse: Browse, first_day: tuple[str, str], pictures: Path) -> None:
    url, password = first_day
    tab = browse("/sign-in/", who="", url=url)
    sign_in(tab, "admin", password)
    expect(tab.get_by_role("heading", name="Nothing runs here yet")).to_be_visible()
    examine(tab, "first-day", pictures)
    fits(tab)


def test_what_a_viewer_may_not_do_does_too(
    browse: Browse, runs: dict[str, str], pictures: Path
) -> None:
    tab = browse(f"{runs['job']}launch/", who="viewer")
    examine(tab, "launch-viewer", pictures)
    tab.goto(f"{runs['running']}abort/")
    examine(tab, "forbidden", pictures)
    fits(tab)


def test_a_long_name_leaves_room_for_the_run(
    browse: Browse, runs: dict[str, str], pictures: Path
) -> None:
    tab = browse(f"{runs['failed']}again/")
    plan = "long name " * 50
    tab.get_by_role("combobox", name="TestPlanName").fill(plan)
    tab.get_by_role("button", name="Launch", exact=True).click()
    header = tab.locator("#run-header")
    expect(header.locator(".rb-again")).to_be_visible()
    expect(header.locator("h1")).to_have_attribute("title", plan.strip())
    expect(header.get_by_role("status")).to_contain_text("Broke")  # from now on it stays as it is
    for width, lines in ((DESKTOP, 1), (PHONE, 2)):
        tab.set_viewport_size({"width": width, "height": HEIGHT[width]})
        for name in (header.locator("h1"), header.locator(".rb-again > span")):
            high = name.evaluate(LINES)
            assert round(high) <= lines, name
        tab.screenshot(path=pictures / f"run-long-name-{width}-light.png")
    fits(tab)


def test_on_a_phone_decisions_come_first_and_what_ended_takes_two_lines(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(width=PHONE)
    sections = (tab.locator(name) for name in ("#undecided-title", "#card-1", "#ended-title"))
    tops = [section.bounding_box()["y"] for section in sections]
    assert tops == sorted(tops)
    for row in tab.locator(".rb-run.is-ended").all():
        parts = (row.locator("> .text-truncate"), row.locator("> .prog"))
        heights = [part.bounding_box()["height"] for part in parts]
        assert max(heights) < 40, row.inner_text()  # each line has 18 px
    passed = tab.locator(".rb-run.is-ended").filter(has_text="Passed").first
    meta = passed.locator(".text-truncate > .meta")
    assert meta.inner_text().startswith("Passed · ")
    tab.set_viewport_size({"width": DESKTOP, "height": HEIGHT[DESKTOP]})
    assert re.match(r"\d", meta.inner_text()), "begins with its number"
