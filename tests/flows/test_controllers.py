"""Controllers as an admin and a tester meet them: connect, check, launch as oneself, disconnect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, Remote, wait_until
from tests.flows.page import Page, words_of
from tests.flows.person import Person, run_path

PASSWORD = "ana in Jenkins"  # noqa: S105  made up for this test
MAY = ("hudson.model.Hudson.Read", "hudson.model.Item.Read", "hudson.model.Item.Build")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Demo]:
    """A controller that nobody has connected yet."""
    demo = Demo(tmp_path / "other")
    demo.start()
    yield demo
    demo.stop()


def connect(admin: Person, demo: Demo, name: str, **fields: str) -> Page:
    form = admin.open("/controllers/connect/").form()
    known = {"name": name, "url": demo.url, "user": demo.user, "secret": demo.token}
    return admin.send(form.fill(known | fields), status=422 if "secret" in fields else 200)


def disconnect(admin: Person, page: Page) -> Page:
    path = f"{page.path}disconnect/"
    return admin.send(admin.open(path).form())


def test_an_admin_connects_a_controller_and_its_jobs_come(
    admin: Person, tester: Person, other: Demo
) -> None:
    refused = connect(admin, other, "web", secret="made-up")  # noqa: S106  made up for this test
    assert "was not accepted" in refused.words
    assert "made-up" not in refused.html
    assert "web" not in words_of(tester.open("/").part("lamps"))

    page = connect(admin, other, "web")
    assert f"Jenkins takes us for {other.user}" in page.words
    assert "a token is used, so no crumb is needed" in page.words
    assert other.token not in page.html
    wait_until(lambda: "qa on web" in tester.open("/jobs/").html)
    wait_until(lambda: "not known configure allowed" in admin.open(page.path).words)
    run = tester.launch("qa/nightly", controller="web")
    assert "Passed" in tester.settled(run).words

    assert "web is disconnected" in disconnect(admin, page).words
    tester.open(run_path(run), status=404)
    assert "web is connected" in admin.send(admin.open(f"{page.path}change/").form()).words
    assert "Passed" in tester.open(run_path(run)).words
    disconnect(admin, page)


def test_a_banner_says_which_controller_is_down_and_the_check_says_why(
    admin: Person, tester: Person, second: Callable[..., Demo]
) -> None:
    demo = second("basement")
    page = admin.open(
        admin.open("/controllers/").find(".//a[.='basement'][@class='text-reset']").get("href", "")
    )
    demo.stop()
    check = page.form(f"{page.path}check/")
    admin.post(check)
    failed = admin.open(page.path)
    assert "Connection refused" in words_of(failed.part("check"))
    assert "What to do:" in words_of(failed.part("check"))
    assert "basement is not reachable since" in words_of(tester.open("/history/").part("away"))
    assert not list(tester.open("/history/").part("away").iter("form"))

    demo.start()
    admin.post(check)
    well = admin.open(page.path)
    assert "What to do:" not in words_of(well.part("check"))
    wait_until(lambda: "basement" not in words_of(tester.open("/history/").part("away")))
    disconnect(admin, well)


def test_a_tester_launches_as_themselves(tester: Person, jenkins: Remote) -> None:
    form = {"id": "tess", "permission": MAY, "password": PASSWORD}
    jenkins.post("demo/user", data=form)
    number = next(
        element.get("id", "").removeprefix("access-")
        for element in tester.open("/profile/").root.iter("div")
        if element.get("id", "").startswith("access-") and words_of(element).startswith("demo ")
    )
    given = f"/profile/access/{number}/"
    fill = {"user": "tess", "secret": PASSWORD, "by_password": "on"}
    page = tester.send(tester.open("/profile/").form(given).fill(fill))
    assert "You launch as tess on demo from now on." in page.words
    assert PASSWORD not in page.html

    assert "Goes out as tess , with your own token" in tester.form_of("qa/nightly").words
    run = tester.settled(tester.launch("qa/nightly"))
    timeline = tester.open(f"{run_path(run)}timeline/").words
    assert "A worker sends it as tess, with the person’s own token." in timeline
    assert "Started by user tess" in timeline

    page = tester.send(tester.open("/profile/").form(f"{given}drop/"))
    assert "and Jenkins no longer accepts it." in page.words
    assert f"Goes out as {jenkins.user}" in tester.form_of("qa/nightly").words
