"""What people do with keys and pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.browser.conftest import QUIET, Browse, chromium_path, sign_in
from tests.servers import Runboard

RUN = re.compile(r"/runs/\d+/")


def tab_to(tab: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(80):
        tab.keyboard.press("Tab")
        focused = tab.locator(":focus")
        named = focused.get_attribute("aria-label") or focused.inner_text()
        if named.strip() == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab on {tab.url}")


def test_a_double_click_on_launch_makes_one_run(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse(f"{runs['job']}launch/?TestPlanName=clicked-twice")
    tab.get_by_role("button", name="Launch", exact=True).dblclick()
    tab.wait_for_url(RUN)
    tab.goto("/history/?plan=clicked-twice")
    expect(tab.locator("table tbody tr")).to_have_count(1)


def test_what_was_stopped_on_its_way_can_be_sent_again(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(expected=("ERR_ABORTED",))
    tab.clock.install()
    tab.goto(f"{runs['job']}launch/?TestPlanName=stopped")
    tab.route(re.compile("/launch/"), lambda route: route.abort("aborted"), times=1)  # as by Stop
    button = tab.locator("#launch button[type=submit]")
    button.click()
    expect(button).to_have_text("Launching…")

    tab.clock.fast_forward(25_000)
    expect(button).to_have_text("Launch")
    button.click()
    tab.wait_for_url(RUN)


def test_over_plain_http_a_link_to_a_line_is_shown_to_be_copied(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(f"{runs['failed']}?console")
    # As a browser has it for any other address than this machine's own
    tab.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.reload()
    shown: list[str] = []

    def read(dialog: Dialog) -> None:
        shown.append(dialog.default_value)
        dialog.dismiss()

    tab.on("dialog", read)
    tab.locator(".rb-line > a").first.click()
    tab.get_by_role("button", name="Copy a link to the marked line").click()
    assert shown == [tab.url]
    assert "#L" in shown[0]


def test_all_can_be_done_by_keys(browse: Browse, runboard: Runboard) -> None:
    tab = browse("/sign-in/", who="")
    expect(tab.get_by_label("Name")).to_be_focused()
    tab.keyboard.type("tester")
    tab.keyboard.press("Tab")
    tab.keyboard.type(runboard.password)
    tab.keyboard.press("Enter")
    expect(tab).to_have_title("Board · Runboard")
    tab.wait_for_load_state()  # a page has its title before its keys

    tab.keyboard.press("g")
    tab.keyboard.press("j")
    expect(tab).to_have_title("Jobs · Runboard")
    tab_to(tab, "Launch stubborn")
    tab.keyboard.press("Enter")
    expect(tab).to_have_title("Launch stubborn · Runboard")
    tab.get_by_label("TestPlanName").focus()
    tab.keyboard.type("by-keys")
    tab_to(tab, "Launch")
    tab.keyboard.press("Enter")
    tab.wait_for_url(RUN)

    expect(tab.locator("#run-header .status")).to_have_text("Running")
    tab_to(tab, "Abort")
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("Why")).to_be_focused()
    tab.keyboard.type("seen enough")
    tab.keyboard.press("Enter")
    expect(tab.locator("#run-header")).to_contain_text("aborted by Tester: seen enough")


def test_the_chosen_theme_is_kept(browse: Browse) -> None:
    tab = browse()
    page = tab.locator("html")
    expect(page).to_have_attribute("data-bs-theme", "light")
    tab.get_by_role("button", name="Dark or light").click()
    tab.get_by_role("button", name="Dark", exact=True).click()
    expect(page).to_have_attribute("data-bs-theme", "dark")
    tab.goto("/jobs/")
    expect(page).to_have_attribute("data-bs-theme", "dark")


def test_the_launch_box_leads_to_the_filled_form(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse()
    box = tab.get_by_label("Test plan to launch")
    box.fill("fail")
    expect(tab.get_by_role("option")).to_have_text([re.compile("failing")])
    box.press("ArrowDown")
    box.press("Enter")
    expect(tab.get_by_label("TestPlanName")).to_have_value("failing")


def test_a_field_that_has_the_focus_before_scripts_are_there_gets_its_list(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(f"{runs['job']}launch/")

    def arrive_late(route: Route) -> None:
        tab.locator("[name=p-TestPlanName]:focus").wait_for()
        route.continue_()

    tab.route(re.compile("htmx.*js"), arrive_late)
    tab.get_by_label("TestPlanName").fill("")
    tab.get_by_role("button", name="Launch", exact=True).click()
    expect(tab.get_by_text("Not launched:")).to_be_visible()
    plans = tab.locator("#plans")
    expect(plans.get_by_role("option", include_hidden=True).first).to_be_attached()


def test_keys_of_every_page(browse: Browse) -> None:
    tab = browse("/history/")
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog", name="Keys")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog", name="Keys")).to_be_hidden()
    tab.keyboard.press("/")
    expect(tab.get_by_role("searchbox", name="Find a job, a plan, a run")).to_be_focused()


def test_what_differs_from_the_run_to_repeat_is_marked_while_one_types(
    browse: Browse, runs: dict[str, str]
) -> None:
    tab = browse(f"{runs['failed']}again/")
    changes = tab.locator("#changes")
    expect(changes).to_be_empty()
    tab.get_by_role("button", name="One more").click()
    expect(changes).to_have_text("NoOfReruns1 → 2")
    tab.get_by_role("button", name="put back NoOfReruns").click()
    expect(changes).to_be_empty()
    tab.get_by_label("ApiKey").fill("s3cret")
    expect(changes).to_have_text("ApiKeythe job’s default → sent")


def test_what_was_typed_comes_back_after_a_sign_in_between(
    browse: Browse, runboard: Runboard, runs: dict[str, str]
) -> None:
    tab = browse(f"{runs['job']}launch/")
    tab.get_by_label("Notes").fill("two\nlines")
    tab.get_by_label("ApiKey").fill("s3cret")
    tab.get_by_label("preprod").check(force=True)
    tab.context.clear_cookies()
    tab.get_by_role("button", name="Launch", exact=True).click()
    tab.get_by_role("link", name="Open the form again").click()
    tab.get_by_label("Name").fill("tester")
    tab.get_by_label("Password").fill(runboard.password)
    tab.get_by_role("button", name="Sign in").click()

    expect(tab.get_by_text("What you typed before you signed in is back")).to_be_visible()
    expect(tab.get_by_label("Notes")).to_have_value("two\nlines")
    expect(tab.get_by_label("ApiKey")).to_have_value("")
    expect(tab.get_by_label("preprod")).to_be_checked()
    assert "s3cret" not in str(tab.evaluate("Object.values(sessionStorage)"))

    tab.goto("/jobs/")
    tab.goto(f"{runs['job']}launch/")
    expect(tab.get_by_label("Notes")).to_have_value("")
    expect(tab.get_by_text("What you typed before you signed in is back")).to_be_hidden()


@pytest.fixture
def keeping(chromium: Browser, runboard: Runboard) -> Iterator[Page]:
    """A tab of a browser that keeps a page which one leaves, as it is; others in tests do not.

    It has a session of its own, which may be ended.
    """
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(),
        args=QUIET.split(),
        ignore_default_args=["--disable-back-forward-cache"],
    )
    tab = browser.new_context(base_url=runboard.url).new_page()
    sign_in(tab, "tester", runboard.password)
    yield tab
    browser.close()


def fill_in_form(tab: Page, job: str) -> None:
    tab.goto(f"{job}launch/")
    tab.get_by_label("Notes").fill("a long text")
    tab.get_by_label("ApiKey").fill("s3cret")
    tab.evaluate("window.isOld = true")


def test_what_was_typed_is_there_when_one_comes_back(keeping: Page, runs: dict[str, str]) -> None:
    fill_in_form(keeping, runs["job"])
    keeping.get_by_role("link", name="History", exact=True).first.click()
    keeping.wait_for_url("**/history/")
    keeping.evaluate("history.back()")
    keeping.wait_for_url("**/launch/", wait_until="commit")  # a kept page loads nothing
    expect(keeping.get_by_label("Notes")).to_have_value("a long text")
    assert keeping.evaluate("window.isOld"), "this browser keeps no page"


def test_a_search_in_between_leaves_what_was_typed(keeping: Page, runs: dict[str, str]) -> None:
    fill_in_form(keeping, runs["job"])
    for plan in ("smoke", "soak"):
        keeping.get_by_role("searchbox", name="Find a job").fill(plan)
        keeping.keyboard.press("Enter")
        keeping.wait_for_url(f"**{plan}**")
        keeping.evaluate("history.back()")
        keeping.wait_for_url("**/launch/", wait_until="commit")
        expect(keeping.get_by_label("Notes")).to_have_value("a long text")
        assert keeping.evaluate("window.isOld"), "it was read anew"


def test_what_was_typed_after_a_stop_is_there_when_one_comes_back(
    keeping: Page, runs: dict[str, str]
) -> None:
    keeping.clock.install()
    fill_in_form(keeping, runs["job"])
    keeping.route(re.compile("/launch/"), lambda route: route.abort("aborted"), times=1)
    button = keeping.locator("#launch button[type=submit]")
    button.click()
    expect(button).to_have_text("Launching…")
    keeping.clock.fast_forward(25_000)
    keeping.get_by_label("Notes").fill("typed since")
    keeping.get_by_role("link", name="History", exact=True).first.click()
    keeping.wait_for_url("**/history/")
    keeping.evaluate("history.back()")
    keeping.wait_for_url("**/launch/", wait_until="commit")
    expect(keeping.get_by_label("Notes")).to_have_value("typed since")
    assert keeping.evaluate("window.isOld"), "it was read anew"


def test_a_form_that_went_out_can_go_out_again_when_one_comes_back(
    keeping: Page, runs: dict[str, str]
) -> None:
    fill_in_form(keeping, runs["job"])
    for plan in ("sent-once", "sent-twice"):
        keeping.get_by_label("TestPlanName").fill(plan)
        keeping.get_by_role("button", name="Launch", exact=True).click()
        keeping.wait_for_url(RUN)
        expect(keeping.get_by_role("heading", level=1)).to_contain_text(plan)
        keeping.evaluate("history.back()")
        keeping.wait_for_url("**/launch/", wait_until="commit")
        keeping.wait_for_function("!window.isOld")
        keeping.wait_for_load_state()


@pytest.mark.parametrize("path", ["{job}", "{job}launch/?TestPlanName=soak", "{passed}"])
def test_a_page_from_the_browser_s_cache_has_keys_of_its_own(
    browse: Browse, runs: dict[str, str], path: str
) -> None:
    """Browsers keep no page whole for long: then Back brings it as the server once sent it."""
    tab = browse("/history/")
    tab.goto(path.format(**runs))
    key = tab.locator("input[name=key]").first
    first = key.get_attribute("value") if key.count() else ""
    tab.evaluate("document.body.dataset.isOld = 'yes'")
    sent = tab.locator("#again, #launch")
    (sent if sent.count() else tab.get_by_role("search", name="Quick search")).evaluate(
        "(form) => form.requestSubmit()"
    )
    tab.wait_for_url(lambda url: path.format(**runs) not in url)
    tab.evaluate("history.back()")
    tab.wait_for_url(f"**{path.format(**runs)}")
    expect(tab.locator("body[data-is-old]")).to_have_count(0)
    if first:
        expect(key).not_to_have_attribute("value", first)


def test_who_signed_out_left_no_secret_behind(keeping: Page, runs: dict[str, str]) -> None:
    fill_in_form(keeping, runs["job"])
    keeping.get_by_role("button", name="Tester").click()
    keeping.get_by_role("button", name="Sign out", exact=True).click()
    keeping.wait_for_url("**/sign-in/")
    keeping.evaluate("history.back()")
    expect(keeping).to_have_title("Sign in · Runboard")
    keeping.wait_for_url("**/sign-in/?next=**")


def test_keys_rest_in_a_dialog_and_do_not_repeat(browse: Browse, runs: dict[str, str]) -> None:
    tab = browse(runs["running"])
    tab.locator("#run-abort").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Let it run").focus()
    tab.keyboard.press("g")
    tab.keyboard.press("b")
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    tab.keyboard.down("f")
    tab.keyboard.down("f")  # as a key that is held
    tab.keyboard.up("f")
    follow = tab.locator("button[data-follow]").first
    expect(follow).to_have_attribute("aria-pressed", "false")
    assert runs["running"] in tab.url
