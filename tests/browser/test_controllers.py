"""Controllers and the profile in a browser: each page photographed, and used by hand."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.test_looks import examine, fits
from tests.demo import Demo, Remote
from tests.servers import Runboard

PATIENCE_MS = 60_000
SECRET = "made-up-0123456789"  # noqa: S105


def fill_in(tab: Page, **fields: str) -> None:
    for label, typed in fields.items():
        tab.get_by_label(label.replace("_", " "), exact=True).fill(typed)


def connect(tab: Page, address: str) -> None:
    """Fill in the form of a controller and have it tested."""
    fill_in(tab, Name="basement", Address=address, Jenkins_user="svc-qa")
    tab.get_by_label("API token or password").fill(SECRET)
    tab.get_by_role("button", name="Test and connect").click()
    expect(tab.get_by_role("alert")).to_be_visible()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


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
    examine(tab, "controller", pictures)
    fits(tab)


def test_a_step_that_fails_opens_and_says_what_to_do(
    browse: Browse, jenkins: Remote, pictures: Path
) -> None:
    tab = browse("/controllers/connect/", who="admin")
    connect(tab, jenkins.url)
    expect(tab.get_by_text("401: the API token of svc-qa was not accepted")).to_be_visible()
    expect(tab.get_by_text("What to do:")).to_have_count(1)
    assert SECRET not in tab.content()
    examine(tab, "connect-refused", pictures)
    fits(tab)
    connect(tab, f"http://127.0.0.1:{closed_port()}/")
    expect(tab.get_by_text("Connection refused")).to_be_visible()


def test_while_one_is_away_every_page_says_so(
    browse: Browse, runboard: Runboard, tmp_path: Path, pictures: Path
) -> None:
    demo = Demo(tmp_path / "basement")
    demo.start()
    runboard.connect("basement", demo.url, demo.user, demo.token)
    demo.stop()
    tab = browse("/", who="admin")
    expect(tab.locator("#away")).to_contain_text("is not reachable", timeout=PATIENCE_MS)
    examine(tab, "board-away", pictures)
    fits(tab)
    tab.goto("/history/")
    tab.locator("#away").get_by_role("link", name="basement").click()
    examine(tab, "controller-away", pictures)
    fits(tab)
    tab.get_by_role("link", name="Disconnect").click()
    tab.get_by_role("button", name="Disconnect basement").click()
    expect(tab.locator("#away")).to_be_empty()
    expect(tab.get_by_role("link", name="Connect again")).to_be_visible()
    examine(tab, "controllers-disconnected", pictures)


def test_ones_own_access_is_given_and_forgotten(
    browse: Browse, jenkins: Remote, pictures: Path
) -> None:
    reads = ["hudson.model.Hudson.Read", "hudson.model.Item.Read"]
    form = {"id": "lea", "permission": reads, "password": SECRET}
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

    access.get_by_label("Token, or password there").fill(token)
    access.get_by_role("button", name="Test and keep").click()
    expect(access).to_contain_text("You launch as lea")
    assert token not in tab.content()
    examine(tab, "profile-given", pictures)
    access.get_by_role("button", name="Test", exact=False).click()
    expect(tab.get_by_text("demo takes you for lea.")).to_be_visible()
    access.get_by_role("button", name="Forget").click()
    expect(access).not_to_contain_text("lea")
