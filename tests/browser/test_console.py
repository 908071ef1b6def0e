"""The console of a run: it grows under its readers' eyes and never moves them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE, Browse, sign_in
from tests.browser.test_jobs_and_builds import make_job, open_job
from tests.demo import Remote
from tests.servers import Runboard

POLL = re.compile(r"/console/\?")


def from_end_px(lines: Locator) -> int:
    return lines.evaluate("(box) => box.scrollHeight - box.clientHeight - box.scrollTop")


def lines_told(tab: Page) -> int:
    return int(tab.locator("#tail").get_attribute("data-total"))


def wait_in(tab: Page, holds: Callable[[], object]) -> None:
    """Wait until it holds, while the page goes on; fails after a generous time."""
    give_up_at = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < give_up_at
        tab.wait_for_timeout(50)


def wait_for_more_lines(tab: Page) -> None:
    before = lines_told(tab)
    wait_in(tab, lambda: lines_told(tab) > before)


@pytest.fixture
def end(tmp_path: Path) -> Iterator[Path]:
    """What a build of `goes_on` waits for; after the test it holds no executor any more."""
    end = tmp_path / "end"
    yield end
    end.touch()


Launch = Callable[..., None]


@pytest.fixture
def goes_on(runboard: Runboard, jenkins: Remote, end: Path) -> Launch:
    """Launch a job of the test's own in a tab, and wait until its build is running."""

    def launch(tab: Page, shell: str, before: str = "true") -> None:
        whole = (
            f"set +x; {before}; until [ -e {end} ]; do {shell}; sleep 0.3; done; echo last words"
        )
        name = f"until-{end.parent.name}"
        make_job(runboard, jenkins, name, whole)
        open_job(tab, name)
        tab.get_by_role("button", name="Launch", exact=True).click()
        tab.wait_for_url(re.compile(r"/runs/\d+/"))
        expect(tab.locator("#run-header .status")).to_have_text("Running")

    return launch


def test_a_launched_run_turns_green_and_its_console_grows_and_stays(
    browse: Browse, goes_on: Launch, end: Path
) -> None:
    tab = browse()
    goes_on(tab, "echo a step")
    lines = tab.locator(".rb-line")
    counts: set[int] = set()
    wait_in(tab, lambda: counts.add(lines.count()) or len(counts) == 4)  # three before the end
    end.touch()
    expect(tab.locator("#run-header .status")).to_have_text("Passed")
    expect(tab).to_have_title(re.compile("Passed"))
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
    box.hover()
    tab.mouse.wheel(0, -400)
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.evaluate("(button) => { button.click(); button.click() }")
    wait_for_more_lines(tab)
    expect(follow).to_have_attribute("aria-pressed", "false")


def test_a_thousand_lines_at_once_are_one_thing_to_htmx(browse: Browse, goes_on: Launch) -> None:
    """It tells each listener of each element: a page stood still for a minute by that."""
    tab = browse()
    goes_on(tab, "true", "seq 2500")
    shown, earlier = tab.locator(".rb-line"), tab.locator("#earlier")
    expect(shown.last).to_have_text("2500")
    tab.evaluate("addEventListener('htmx:load', () => (window.loads = (window.loads ?? 0) + 1))")
    before = shown.count()
    earlier.click()
    expect(shown).to_have_count(before + 1000)
    assert 0 < tab.evaluate("window.loads") < 100


def test_what_came_while_the_run_ended_is_there_for_who_scrolled_up(
    browse: Browse, goes_on: Launch, end: Path
) -> None:
    tab = browse()
    goes_on(tab, "echo a step", "seq 100")
    expect(tab.locator(".rb-line").nth(100)).to_be_attached()
    tab.locator("#scroll").hover()
    tab.mouse.wheel(0, -400)
    expect(tab.locator("button[data-follow]").first).to_have_attribute("aria-pressed", "false")
    end.touch()
    expect(tab.locator("#tail")).not_to_have_attribute("data-poll", "")
    tab.locator("#pill").click()
    expect(tab.locator(".rb-line").last).to_have_text("Finished: SUCCESS")
    expect(tab.locator("#pill")).to_be_hidden()
    assert from_end_px(tab.locator("#scroll")) < 24


def test_a_line_without_an_end_stays_while_nothing_comes(
    browse: Browse, long_words: tuple[str, dict[str, str]]
) -> None:
    url, paths = long_words
    tab = browse("/sign-in/", who="", url=url)
    sign_in(tab, "tester", "long words")
    tab.goto(paths["console"])
    expect(tab.locator(".rb-line.partial")).to_have_count(1)
    for _ in range(2):
        with tab.expect_response(POLL) as answer:
            pass
        assert answer.value.status == 204
    assert tab.locator(".rb-line.partial").count() == 1


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_what_failed_opens_with_its_first_error_in_the_upper_third(
    browse: Browse, runs: dict[str, str], width: int
) -> None:
    tab = browse(f"{runs['failed']}?console", width=width)
    error, box = tab.locator(".rb-line.err").first, tab.locator("#scroll")
    expect(error).to_be_in_viewport()
    below_top_px = error.bounding_box()["y"] - box.bounding_box()["y"]
    assert 0 <= below_top_px < box.bounding_box()["height"] / 3


@pytest.mark.parametrize("address", ["?line=99999", "?console&line=99999", "?line=99999#L99999"])
def test_a_line_that_is_not_there_leads_to_the_end(
    browse: Browse, runs: dict[str, str], address: str
) -> None:
    tab = browse(f"{runs['passed']}{address}")
    expect(tab.locator(".rb-line").last).to_have_text("Finished: SUCCESS")
    expect(tab.locator("#later")).to_be_hidden()
    assert from_end_px(tab.locator("#scroll")) < 24


@pytest.mark.parametrize("address", ["?line={}", "?console#L{}"])
@pytest.mark.parametrize("from_end", [None, 2])
def test_a_linked_line_is_shown_and_kept(
    browse: Browse, runs: dict[str, str], address: str, from_end: int | None
) -> None:
    tab = browse(runs["running"])
    number = lines_told(tab) - from_end if from_end else 3
    tab.goto(f"{runs['running']}{address.format(number)}")
    line = tab.locator(f"#L{number}")
    expect(line).to_be_in_viewport()
    wait_for_more_lines(tab)
    expect(line).to_be_in_viewport()
    expect(tab.locator("button[data-follow]").first).to_have_attribute("aria-pressed", "false")


def test_who_follows_again_while_the_last_answer_is_under_way_gets_the_end(
    browse: Browse, goes_on: Launch, end: Path
) -> None:
    tab = browse()
    goes_on(tab, "echo a step", "seq 100")
    expect(tab.locator(".rb-line").nth(100)).to_be_attached()
    follow = tab.locator("button[data-follow]").first
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "false")
    held: list[Route] = []
    tab.route("**/console/**", lambda route: held.append(route), times=1)
    wait_in(tab, lambda: held)
    end.touch()
    wait_in(tab, lambda: "Finished: SUCCESS" in tab.request.get(tab.url).text())
    follow.click()
    held[0].continue_()
    expect(tab.locator(".rb-line").last).to_have_text("Finished: SUCCESS")


def send_news(route: Route) -> None:
    """Have a poll answered as if its page had seen nothing yet."""
    route.continue_(url=route.request.url.replace("seen=", "seen=0&was="))


def test_before_its_first_line_a_console_says_so_and_has_nothing_to_keep(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["waiting"])
    keep = [tab.locator("[data-copy-link]"), tab.get_by_label("Download as text")]
    expect(tab.get_by_text("The console begins with the build.")).to_be_visible()
    for button in keep:
        expect(button).to_be_hidden()
    tab.goto(f"{runs['failed']}?console")
    expect(tab.locator(".rb-begins")).to_be_hidden()
    for button in keep:
        expect(button).to_be_visible()


def test_news_of_the_header_leave_a_phone_s_buttons_as_they_are(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["running"], width=PHONE)
    follow, again = tab.locator("#acts-follow"), tab.locator("#acts-again")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "false")
    again.focus()
    again.evaluate("(button) => button.classList.add('old')")
    tab.route("**/header/**", send_news)
    expect(again).not_to_have_class(re.compile("old"))
    expect(again).to_be_focused()
    expect(follow).to_have_attribute("aria-pressed", "false")
