"""Pages that follow what happens, and leave their reader in peace."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, PHONE, Browse

POLLS = re.compile(r"/(header|console|board)/\?")


def launch(tab: Page, job: str, plan: str) -> None:
    """By the list of jobs and the form, to the page of the run."""
    tab.goto("/jobs/")
    tab.get_by_role("link", name=f"Launch {job}").click()
    tab.get_by_label("TestPlanName").fill(plan)
    tab.get_by_role("button", name="Launch", exact=True).click()
    tab.wait_for_url(re.compile(r"/runs/\d+/"))


def from_end_px(lines: Locator) -> int:
    return lines.evaluate("(box) => box.scrollHeight - box.clientHeight - box.scrollTop")


def lines_told(tab: Page) -> int:
    return int(tab.locator("#tail").get_attribute("data-total"))


def wait_for_more_lines(tab: Page) -> None:
    before, give_up_at = lines_told(tab), time.monotonic() + PATIENCE_MS / 1000
    while lines_told(tab) == before:
        assert time.monotonic() < give_up_at, f"still {before} lines"
        tab.wait_for_timeout(100)


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

    expect(lines.last).to_have_text("Finished: SUCCESS")
    before = lines.count()
    tab.reload()
    expect(lines).to_have_count(before)


def test_a_reader_who_scrolled_up_stays_where_they_read(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["running"])
    box, pill = tab.locator("#scroll"), tab.locator("#pill")
    expect(pill).to_be_hidden()
    assert from_end_px(box) < 24, "it opens at the end"

    box.hover()
    tab.mouse.wheel(0, -400)
    expect(tab.locator("button[data-follow]").first).to_have_attribute("aria-pressed", "false")
    read = box.evaluate("(box) => box.scrollTop")
    expect(pill).to_contain_text(re.compile(r"\d+ new lines"))
    wait_for_more_lines(tab)
    assert box.evaluate("(box) => box.scrollTop") == read

    pill.click()
    expect(pill).to_be_hidden()
    assert from_end_px(box) < 24
    wait_for_more_lines(tab)
    assert from_end_px(box) < 24, "it follows again"


def test_f_stops_and_starts_following(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse(runs["running"])
    box, follow = tab.locator("#scroll"), tab.locator("button[data-follow]").first
    tab.keyboard.press("f")
    expect(follow).to_have_attribute("aria-pressed", "false")
    read = box.evaluate("(box) => box.scrollTop")
    wait_for_more_lines(tab)
    assert box.evaluate("(box) => box.scrollTop") == read
    tab.keyboard.press("f")
    expect(follow).to_have_attribute("aria-pressed", "true")
    wait_for_more_lines(tab)
    assert from_end_px(box) < 24


def test_it_stops_even_in_the_frame_in_which_the_page_moved(
    browse: Browse, runs: dict[str, str]
) -> None:
    """The browser tells of the page's own scroll later; no reader came back to the end."""
    tab = browse(runs["running"])
    box, follow = tab.locator("#scroll"), tab.locator("button[data-follow]").first
    box.evaluate("(box) => { box.scrollTop -= 400 }")
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.evaluate("(button) => { button.click(); button.click() }")
    wait_for_more_lines(tab)
    expect(follow).to_have_attribute("aria-pressed", "false")


def test_the_board_shows_a_run_from_its_launch_to_its_end(browse: Browse) -> None:
    board = browse()
    launch(browse(), "ticking", "on-the-board")
    row = board.locator(".rb-run", has_text="on-the-board")
    expect(row.locator("[data-elapsed]")).to_be_visible()
    expect(row).to_contain_text("Passed")


def test_a_hidden_page_asks_nothing(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse(runs["running"])
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    tab.wait_for_timeout(500)  # what was on its way when it was hidden
    asked.clear()
    tab.wait_for_timeout(3000)
    assert asked == []
    tab.evaluate("delete document.hidden")
    with tab.expect_request(POLLS, timeout=PATIENCE_MS):
        pass


def test_the_live_mark_says_when_the_server_is_away_and_when_it_is_back(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["running"], expected=("ERR_INTERNET_DISCONNECTED",))
    mark = tab.locator("#live")
    expect(mark).to_have_text("Live")
    tab.context.set_offline(True)
    expect(mark).to_contain_text("Offline since")
    tab.context.set_offline(False)
    expect(mark).to_have_text("Live")
    wait_for_more_lines(tab)


def test_a_page_whose_reader_signed_out_elsewhere_leads_to_sign_in(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["running"], expected=("status of 403", "htmx:"))
    tab.context.clear_cookies()
    tab.wait_for_url(f"**/sign-in/?next={runs['running']}")


def test_a_page_of_something_that_is_shown_no_more_says_so(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["running"], expected=("status of 404", "Status Error Code 404"))
    tab.evaluate("history.replaceState(null, '', '/runs/999999/')")  # as if its controller had gone
    tab.evaluate(
        "document.querySelector('#run-header').setAttribute('hx-get', '/runs/999999/header/')"
    )
    tab.evaluate("htmx.process(document.querySelector('#run-header'))")
    expect(tab.get_by_role("heading")).to_have_text("Nothing is here")


def test_nothing_moves_where_motion_is_not_wanted(browse: Browse, runs: dict[str, str]) -> None:
    for path in ("/", runs["running"]):
        for width in (PHONE, 1280):
            moving = browse(path, width=width).evaluate(
                "document.getAnimations().map(({animationName}) => animationName)"
            )
            assert moving == []
