"""Pages that follow what happens, and leave their reader in peace."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, PHONE, Browse, sign_in, web_alone
from tests.browser.test_console import send_news, wait_for_more_lines, wait_in

UNFOLLOWED = (
    "from tests.factories import make_unfollowed_run as make; run = make();"
    "print(run.get_absolute_url(), f'/jobs/{run.job_id}/')"
)
POLLS = re.compile(r"/(header|console|board)/\?")


def launch(tab: Page, job: str, plan: str, **parameters: str) -> None:
    """By the list of jobs and the form, to the page of the run."""
    tab.goto("/jobs/")
    tab.get_by_role("link", name=f"Launch {job}").click()
    for name, value in {"TestPlanName": plan, **parameters}.items():
        tab.get_by_label(name).fill(value)
    tab.get_by_role("button", name="Launch", exact=True).click()
    tab.wait_for_url(re.compile(r"/runs/\d+/"))


def test_the_board_shows_a_run_from_its_launch_to_its_end(
    browse: Browse, gated: str, gate: Path
) -> None:
    board = browse()
    launch(browse(), gated, "on-the-board", GATE=str(gate))
    row = board.locator(".rb-run", has_text="on-the-board")
    expect(row.locator("[data-elapsed]")).to_be_visible()
    gate.touch()
    expect(row).to_contain_text("Passed")


def test_a_run_that_ends_changes_its_place_on_the_board(
    browse: Browse, gated: str, gate: Path
) -> None:
    board, tab = browse(), browse()
    launch(tab, gated, "changes-its-place", GATE=str(gate))
    row = f"#run-{tab.url.split('/')[-2]}"
    expect(board.locator(row).locator("[data-elapsed]")).to_be_visible()
    gate.touch()
    expect(board.locator(f"#ended {row}")).to_contain_text("Passed")
    expect(board.locator(row)).to_have_count(1)
    fresh = browse()
    wait_in(board, lambda: fresh.reload() and rows_shown(board) == rows_shown(fresh))


def rows_shown(board: Page) -> list[str]:
    return board.locator(".rb-run").evaluate_all("(rows) => rows.map((row) => row.id)")


def test_a_build_becomes_late_before_the_eyes_of_its_reader(browse: Browse) -> None:
    tab = browse("/history/")
    for minutes, is_late in ((1.5, False), (2.5, True)):
        tab.evaluate(
            """(minutes) => document.querySelector("main").insertAdjacentHTML("afterbegin",
            `<div id="bar" data-since="${new Date(Date.now() - minutes * 60000).toISOString()}"
                data-estimate-ms="60000"><b data-elapsed></b>
                <svg class="rb-eta"><svg></svg><rect class="late"/></svg>
                <b data-left></b></div>`)""",
            minutes,
        )
        bar = tab.locator("#bar").first
        expect(bar.locator("[data-left]")).to_contain_text("over the estimate")
        assert ("over" in (bar.get_attribute("class") or "")) == is_late
        shown = bar.locator(".late").evaluate("(part) => getComputedStyle(part).display")
        assert (shown != "none") == is_late


def test_a_hidden_page_asks_nothing(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse(runs["running"])
    tab.evaluate("""() => {
        Object.defineProperty(document, "hidden", {value: true, configurable: true});
        window.asked = [];
        addEventListener("htmx:beforeSend", ({detail}) => asked.push(detail.pathInfo.requestPath));
    }""")
    tab.wait_for_timeout(3000)
    assert tab.evaluate("asked") == []
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


def test_the_live_mark_says_when_nobody_follows(browse: Browse, tmp_path: Path) -> None:
    with web_alone(tmp_path, "nobody follows", UNFOLLOWED) as (url, rows):
        tab = browse("/sign-in/", who="", url=url)
        sign_in(tab, "tester", "nobody follows")
        for path in ("/", *rows.split()):
            tab.goto(path)
            expect(tab.locator("#live")).to_have_text("Not followed")
            expect(tab.get_by_role("main")).to_contain_text("Not followed since")
        tab.goto("about:blank")  # asks nothing more of a server that ends


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


def test_an_open_menu_is_not_closed_by_what_was_on_its_way(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(runs["running"])
    held: list[Route] = []
    tab.route("**/header/**", lambda route: held.append(route), times=1)
    wait_in(tab, lambda: held)
    tab.locator("#fact-build").click()
    menu = tab.locator("#run-header .dropdown-menu.show")
    expect(menu).to_be_visible()
    with tab.expect_response(re.compile("/header/")) as answer:
        send_news(held[0])
    assert answer.value.status == 200
    tab.wait_for_timeout(500)  # for what would be put in place
    expect(menu).to_be_visible()


def test_a_suggestion_that_was_overtaken_is_no_lost_server(browse: Browse) -> None:
    tab = browse()
    held: list[Route] = []
    tab.route("**/suggest/**", lambda route: held.append(route))
    box = tab.get_by_label("Test plan to launch")
    for typed in ("s", "o"):
        asked = len(held)
        box.press_sequentially(typed)
        wait_in(tab, lambda asked=asked: len(held) > asked)
    assert "Offline" not in tab.locator("#live").inner_text()
    tab.unroute_all(behavior="ignoreErrors")


def test_a_server_that_hangs_is_lost_as_well(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse(runs["running"], expected=("htmx:timeout",))
    expect(tab.locator("#live")).to_have_text("Live")
    tab.route("**/header/**", lambda route: None)
    expect(tab.locator("#live")).to_contain_text("Offline since")
    tab.unroute_all(behavior="ignoreErrors")
