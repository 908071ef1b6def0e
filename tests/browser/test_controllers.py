"""Controllers and the profile in a browser: each page photographed, and used by hand."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.test_looks import examine, fits
from tests.demo import Demo, Remote, wait_until
from tests.servers import Runboard

SECRET = "made-up-0123456789"  # noqa: S105  made up for this test
READS = ("hudson.model.Hudson.Read", "hudson.model.Item.Read")
BUILDS = (*READS, "hudson.model.Item.Build")


def fill_in(tab: Page, **fields: str) -> None:
    for label, typed in fields.items():
        tab.get_by_label(label.replace("_", " "), exact=True).fill(typed)


def connect(tab: Page, address: str) -> None:
    """Fill in the form of a controller and have it tested."""
    fill_in(tab, Name="never connected", Address=address, Jenkins_user="svc-qa")
    tab.get_by_label("API token or password").fill(SECRET)
    tab.get_by_role("button", name="Test and connect").click()
    expect(tab.get_by_role("alert")).to_be_visible()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken, and that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("controllers", "/controllers/"),
        ("connect", "/controllers/connect/"),
        ("change", "/controllers/1/change/"),
        ("disconnect", "/controllers/1/disconnect/"),
        ("profile", "/profile/"),
    ],
)
def test_a_page_looks_well_and_is_accessible(
    browse: Browse, pictures: Path, name: str, path: str
) -> None:
    tab = browse(path, who="admin")
    examine(tab, name, pictures)
    fits(tab)


def test_the_check_shows_its_steps(browse: Browse, pictures: Path) -> None:
    tab = browse("/controllers/", who="admin")
    tab.get_by_role("link", name="demo", exact=True).first.click()
    tab.locator("main").get_by_role("button", name="Check now").first.click()
    expect(tab.get_by_text("demo answered in")).to_be_visible()
    expect(tab.locator("#check .rb-passed")).to_have_count(6)
    expect(tab.locator("#check")).to_contain_text("a token is used, so no crumb is needed")
    examine(tab, "controller", pictures)
    fits(tab)


def test_a_step_that_fails_opens_and_says_what_to_do(
    browse: Browse, jenkins: Remote, closed_port: int, pictures: Path
) -> None:
    tab = browse("/controllers/connect/", who="admin")
    connect(tab, jenkins.url)
    expect(tab.get_by_text("401: the API token of svc-qa was not accepted")).to_be_visible()
    expect(tab.get_by_text("What to do:")).to_have_count(1)
    assert SECRET not in tab.content()
    examine(tab, "connect-refused", pictures)
    fits(tab)
    connect(tab, f"http://127.0.0.1:{closed_port}/")
    expect(tab.get_by_text("Connection refused")).to_be_visible()


def test_while_one_is_away_every_page_says_so(
    browse: Browse, runboard: Runboard, tmp_path: Path, pictures: Path
) -> None:
    demo = Demo(tmp_path / "basement")
    demo.start()
    runboard.connect("basement", demo.url, demo.user, demo.token)
    demo.stop()
    tab = browse("/", who="admin")
    expect(tab.locator("#away")).to_contain_text("is not reachable")
    examine(tab, "board-away", pictures)
    fits(tab)
    tab.goto("/history/")
    tab.locator("#away").get_by_role("link", name="basement").click()
    examine(tab, "controller-away", pictures)
    fits(tab)
    tab.get_by_role("link", name="Disconnect").click()
    tab.get_by_role("button", name="Disconnect basement").click()
    expect(tab.locator("#away")).to_be_empty()
    basement = tab.get_by_label("Disconnected").locator("> div", has_text="basement")
    expect(basement.get_by_role("link", name="Connect again")).to_be_visible()
    examine(tab, "controllers-disconnected", pictures)


def test_ones_own_access_is_given_and_forgotten(
    browse: Browse, jenkins: Remote, pictures: Path
) -> None:
    form = {"id": "lea", "permission": READS, "password": SECRET}
    token = jenkins.post("demo/user", data=form).json()["token"]
    tab = browse("/profile/", who="lead")
    access = tab.locator("[id^=access-]", has_text="demo")
    access.get_by_text("Launch as yourself").click()
    access.get_by_label("Your name in Jenkins").fill("lea")
    access.get_by_label("Token, or password there").fill("no-such-token")
    access.get_by_role("button", name="Test and keep").click()
    expect(tab.get_by_role("alert")).to_contain_text("Nothing was kept.")
    examine(tab, "profile-refused", pictures)
    fits(tab)

    access.get_by_label("Token, or password there").fill(SECRET)
    access.get_by_role("button", name="Test and keep").click()
    expect(tab.get_by_role("alert")).to_contain_text("This is a password, not an API token")

    access.get_by_label("Token, or password there").fill(token)
    access.get_by_role("button", name="Test and keep").click()
    expect(access).to_contain_text("You launch as lea")
    assert token not in tab.content()
    examine(tab, "profile-given", pictures)
    access.get_by_role("button", name="Test", exact=False).click()
    expect(tab.get_by_text("demo takes you for lea.")).to_be_visible()
    access.get_by_role("button", name="Forget").click()
    expect(access).not_to_contain_text("lea")


@pytest.fixture
def attic(tmp_path: Path) -> Iterator[Demo]:
    """A controller of the test's own; the test connects and disconnects it."""
    demo = Demo(tmp_path / "attic")
    demo.start()
    yield demo
    demo.stop()


def open_controller(tab: Page, name: str) -> None:
    tab.goto("/controllers/")
    tab.locator("main").get_by_role("link", name=name, exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text(name)


def disconnect(tab: Page, name: str) -> None:
    open_controller(tab, name)
    tab.get_by_role("link", name="Disconnect").click()
    tab.get_by_role("button", name=f"Disconnect {name}").click()
    tab.wait_for_url("**/controllers/")


def open_nightly(tab: Page, controller: str) -> None:
    """The page of qa/nightly, once a worker has read the jobs of the controller."""
    jobs = tab.get_by_role("region", name=f"qa on {controller}")

    def is_listed() -> bool:
        tab.goto("/jobs/?q=qa/nightly")
        return jobs.count() == 1

    wait_until(is_listed)
    jobs.get_by_role("link", name="qa/nightly", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("qa/nightly")


def launch_to_its_timeline(tab: Page) -> None:
    """Launch the plain job whose page is open, wait for its end and open its Timeline."""
    tab.get_by_role("button", name="Launch", exact=True).click()
    expect(tab.locator("#run-header .status")).to_have_text("Passed")
    tab.get_by_role("link", name="Timeline").click()
    tab.wait_for_url("**/timeline/")


def test_the_header_of_a_page_tells_of_each_controller_and_asks_it_now(
    browse: Browse, runboard: Runboard, attic: Demo
) -> None:
    runboard.connect("attic", attic.url, attic.user, attic.token)
    tab = browse("/", who="admin")
    lamps, away = tab.locator("#lamps"), tab.locator("#away")

    def check_now() -> None:
        lamps.get_by_role("button", name="Controllers:").click()
        button = lamps.get_by_role("button", name="Check now: attic")
        assert button.evaluate("(button) => button.scrollWidth <= button.clientWidth"), "cut off"
        button.click()

    check_now()
    expect(tab.get_by_text("attic answered in")).to_be_visible()
    expect(lamps.locator(".rb-lamp.away")).to_have_count(0)
    lamps.get_by_role("button", name="Controllers:").click()
    expect(lamps).to_contain_text(attic.get("api/json").headers["X-Jenkins"])
    expect(lamps).to_contain_text(re.compile(r"answered in (< )?[\d.]+ s"))
    tab.keyboard.press("Escape")

    attic.stop()
    check_now()
    expect(away).to_contain_text("attic is not reachable since")
    expect(lamps.get_by_role("button", name="attic is away")).to_be_visible()
    attic.start()
    away.get_by_role("button", name="Check now: attic").click()
    expect(away).not_to_contain_text("attic")
    expect(lamps.get_by_role("button", name="attic answers")).to_be_visible()
    disconnect(tab, "attic")


def test_a_controller_says_as_whom_it_acts_and_what_that_account_may_not(
    browse: Browse, runboard: Runboard, attic: Demo
) -> None:
    made = attic.post("demo/user", data={"id": "svc-weak", "permission": BUILDS}).json()
    runboard.connect("attic", attic.url, "svc-weak", made["token"])
    tab = browse("/controllers/", who="admin")
    open_controller(tab, "attic")
    acts = tab.get_by_role("region", name="Acts as")
    expect(acts).to_contain_text("Acts as svc-weak")
    expect(acts).to_contain_text("build allowed")
    expect(acts).to_contain_text("configure not allowed")
    expect(acts).to_contain_text("svc-weak lacks Job/Configure on attic.")

    tab.goto("/jobs/?q=qa/nightly")
    in_list = tab.get_by_role("region", name="qa on attic").get_by_role("switch")
    expect(in_list).to_be_disabled()
    expect(in_list).to_have_accessible_name("qa/nightly is on. svc-weak lacks Job/Configure.")
    open_nightly(tab, "attic")
    in_header = tab.get_by_role("switch", name="svc-weak lacks Job/Configure.")
    expect(in_header).to_be_disabled()
    disconnect(tab, "attic")


def test_with_a_password_a_crumb_is_fetched_and_its_renewal_is_in_the_timeline(
    browse: Browse, attic: Demo
) -> None:
    form = {"id": "svc-crumb", "permission": BUILDS, "password": SECRET}
    attic.post("demo/user", data=form)
    tab = browse("/controllers/connect/", who="admin")
    fill_in(tab, Name="crumbs", Address=attic.url, Jenkins_user="svc-crumb")
    tab.get_by_text("Password", exact=True).click()
    tab.get_by_label("API token or password").fill(SECRET)
    tab.get_by_role("button", name="Test and connect").click()
    expect(tab.locator("#check")).to_contain_text("CSRF protection is on; crumb fetched")

    open_nightly(tab, "crumbs")
    launch_to_its_timeline(tab)
    expect(tab.get_by_text("so a crumb went with the launch")).to_be_visible()

    attic.fault("end-sessions", method="POST", path="/nightly/build")
    open_nightly(tab, "crumbs")
    launch_to_its_timeline(tab)
    expect(
        tab.get_by_text("Jenkins did not accept the first crumb: it was renewed")
    ).to_be_visible()
    disconnect(tab, "crumbs")


def test_with_a_token_made_by_password_launches_go_out_as_oneself_until_it_is_revoked(
    browse: Browse, jenkins: Remote, pictures: Path
) -> None:
    jenkins.post("demo/user", data={"id": "leo", "permission": BUILDS, "password": SECRET})
    tab = browse("/profile/", who="lead")
    access = tab.locator("[id^=access-]", has_text="demo")
    access.get_by_text("Launch as yourself").click()
    access.get_by_text("Have one made by password").click()
    access.get_by_label("Your name in Jenkins").fill("leo")
    access.get_by_label("Token, or password there").fill(SECRET)
    access.get_by_role("button", name="Test and keep").click()
    expect(access).to_contain_text("You launch as leo")
    access.get_by_role("button", name="Test your access to demo").click()
    expect(tab.get_by_text("demo takes you for leo.")).to_be_visible()
    assert SECRET not in tab.content()

    open_nightly(tab, "demo")
    expect(tab.get_by_text("Goes out as leo")).to_be_visible()
    launch_to_its_timeline(tab)
    expect(tab.get_by_text("A worker sends it as leo, with the person’s own token")).to_be_visible()
    build = tab.get_by_role("region", name="Jenkins build")
    expect(build).to_contain_text("Started by user leo")

    tab.goto("/profile/")
    jenkins.fault("unavailable", path="ApiTokenProperty/revoke")
    access.get_by_role("button", name="Revoke").click()
    expect(access).to_contain_text("It was not revoked: Jenkins is starting up or restarting.")
    examine(tab, "profile-not-revoked", pictures)
    fits(tab)
    access.get_by_role("button", name="Revoke").click()
    expect(tab.get_by_text("and Jenkins no longer accepts it")).to_be_visible()
    open_nightly(tab, "demo")
    expect(tab.get_by_text(f"Goes out as {jenkins.user}")).to_be_visible()


def end_session(tab: Page) -> None:
    tab.context.clear_cookies(name="sessionid")


def sign_in_again(tab: Page, who: str, password: str) -> None:
    fill_in(tab, Name=who, Password=password)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_text("so what you pressed was not done")).to_be_visible()


BACK = "What you typed before you signed in is back"


def test_what_was_typed_of_a_controller_comes_back_after_a_sign_in_but_for_its_secret(
    browse: Browse, runboard: Runboard
) -> None:
    tab = browse("/controllers/connect/", who="admin")
    fill_in(tab, Name="basement", Address="http://127.0.0.1:9/", Jenkins_user="svc-qa")
    tab.get_by_text("Password", exact=True).click()
    tab.get_by_label("API token or password").fill(SECRET)
    end_session(tab)
    tab.get_by_role("button", name="Test and connect").click()
    assert SECRET not in str(tab.evaluate("Object.values(sessionStorage)"))
    sign_in_again(tab, "admin", runboard.password)
    expect(tab.get_by_text(BACK)).to_be_visible()
    expect(tab.get_by_label("Name", exact=True)).to_have_value("basement")
    expect(tab.get_by_label("Address")).to_have_value("http://127.0.0.1:9/")
    expect(tab.get_by_label("Jenkins user")).to_have_value("svc-qa")
    expect(tab.get_by_role("radio", name="Password")).to_be_checked()
    expect(tab.get_by_label("API token or password")).to_have_value("")


def test_the_reason_of_a_switch_comes_back_in_its_dialog_until_it_went_out(
    browse: Browse, runboard: Runboard, jenkins: Remote
) -> None:
    tab = browse("/jobs/?q=qa/nightly", who="admin")
    row = tab.get_by_role("region", name="qa on demo")
    why = tab.get_by_label("Why")

    def ask(to: str) -> None:
        row.get_by_role("link", name=f"switch it {to}").click()

    ask("off")
    why.fill("moved to other agents")
    end_session(tab)
    tab.get_by_role("button", name="Switch off").click()
    sign_in_again(tab, "admin", runboard.password)
    tab.wait_for_url("**/jobs/?q=qa/nightly")
    ask("off")
    expect(tab.get_by_text(BACK)).to_be_visible()
    expect(why).to_have_value("moved to other agents")
    tab.get_by_role("button", name="Switch off").click()
    expect(tab.get_by_text("Jenkins says that qa/nightly is off now.")).to_be_visible()
    tab.get_by_role("link", name="qa/nightly is off; switch it on").click()
    expect(why).to_have_value("")
    expect(tab.get_by_text(BACK)).to_be_hidden()
    why.fill("back again")
    tab.get_by_role("button", name="Switch on").click()
    expect(tab.get_by_text("Jenkins says that qa/nightly is on now.")).to_be_visible()


def test_who_launches_may_check_from_the_header_and_a_viewer_is_told_why_not(
    browse: Browse, pictures: Path
) -> None:
    tab = browse("/history/?mine=true")
    menu = tab.locator("#lamps")
    menu.get_by_role("button", name="Controllers:").click()
    menu.get_by_role("button", name="Check now: demo").click()
    expect(tab.get_by_text("demo answered in")).to_be_visible()
    expect(tab).to_have_url(re.compile(r"/history/\?mine=true$"))

    tab = browse("/controllers/", who="viewer")
    check = tab.locator("main").get_by_role("button", name="Check now: demo. You may look").first
    expect(check).to_be_disabled()
    check.click(force=True)
    expect(tab).to_have_url(re.compile("/controllers/$"))
    examine(tab, "controllers-viewer", pictures)
    fits(tab)
