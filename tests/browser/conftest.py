"""One Chromium, and a fresh context for each test, on the running stack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, expect, sync_playwright

from tests.demo import Remote, wait_until
from tests.flows.person import Person, run_path
from tests.servers import ROOT, Runboard, free_ports

# A test browser is quiet: it looks for no updates, and asks nobody what a page might be about
QUIET = (
    "--no-sandbox --disable-dev-shm-usage --disable-background-networking --disable-sync "
    "--disable-component-update --disable-default-apps --no-first-run --no-pings "
    "--disable-features=OptimizationHints,MediaRouter,Translate"
)
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""
# A page may be clicked once its scripts are there: a test is quicker than any hand
WAIT_FOR_SCRIPTS = """{
    const untouchable = new CSSStyleSheet();
    untouchable.replaceSync("body { pointer-events: none }");
    document.adoptedStyleSheets = [untouchable];
    addEventListener("DOMContentLoaded", () => (document.adoptedStyleSheets = []));
}"""
DESKTOP, PHONE = 1280, 390
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
HEIGHT = {DESKTOP: 800, PHONE: 844}


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """It ends with this folder's tests: while it runs, Django's database refuses to be used."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET.split())
        yield browser
        browser.close()


def chromium_path() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "Chromium is missing: install it, or name one by CHROMIUM."
    return path


Browse = Callable[..., Page]


@pytest.fixture
def browse(
    chromium: Browser, runboard: Runboard, jenkins: Remote, cookies: Callable[[str], StorageState]
) -> Iterator[Browse]:
    """Open a tab in a context of its own; at the end nothing may have gone wrong in any."""
    tabs: list[Page] = []
    wrong: list[str] = []

    def browse(
        path: str = "/",
        *,
        who: str = "tester",
        width: int = DESKTOP,
        url: str = runboard.url,
        expected: tuple[str, ...] = (),
    ) -> Page:
        """``expected`` are words of the messages that the test brings about itself."""
        context = chromium.new_context(
            base_url=url,
            storage_state=cookies(who) if who else None,
            viewport={"width": width, "height": HEIGHT.get(width, 800)},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(TELL_VIOLATIONS)
        context.add_init_script(WAIT_FOR_SCRIPTS)
        tab = context.new_page()
        tab.on("console", lambda message: note(tab, message, expected))
        tab.on("pageerror", lambda error: wrong.append(f"{tab.url}: {error}"))
        tabs.append(tab)
        tab.goto(path)
        return tab

    def note(tab: Page, message: ConsoleMessage, expected: tuple[str, ...]) -> None:
        # That an error page has its status, Chromium calls an error
        is_status = "responded with a status of 4" in message.text
        if is_status and message.location["url"] == tab.url:
            return
        # htmx tells of a request that was called off because its page was left, or that a busy
        # machine kept waiting; where the server is away, Chromium says so too
        is_left = message.text.startswith(
            ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort", "htmx:timeout")
        )
        is_expected = is_left or any(words in message.text for words in expected)
        if message.type in ("error", "warning") and not is_expected:
            wrong.append(f"{tab.url}: {message.text} ({message.location['url']})")

    yield browse
    for tab in tabs:
        tab.context.close()
    assert wrong == []


@pytest.fixture(scope="package")
def cookies(chromium: Browser, runboard: Runboard) -> Callable[[str], StorageState]:
    """What a browser keeps once somebody has signed in; they do so once."""
    kept: dict[str, StorageState] = {}

    def cookies(who: str) -> StorageState:
        if who not in kept:
            context = chromium.new_context(base_url=runboard.url)
            context.set_default_timeout(PATIENCE_MS)
            sign_in(context.new_page(), who, runboard.password)
            kept[who] = context.storage_state()
            context.close()
        return kept[who]

    return cookies


def sign_in(tab: Page, who: str, password: str) -> None:
    tab.goto("/sign-in/")
    tab.get_by_label("Name").fill(who)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/")


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where pictures of pages go, to be looked at."""
    folder = ROOT / "tests" / "pictures"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def runs(runboard: Runboard, jenkins: Remote) -> dict[str, str]:
    """Paths of runs in the states that pages show; the running one goes on."""
    with Person(runboard.url) as tester:
        tester.sign_in("tester", runboard.password)
        jenkins.fault("close-after-accept", path="qa/job/regression")
        unknown = tester.launch("qa/regression", TestPlanName="smoke")
        tester.wait_for(unknown, "Unknown")
        waiting = tester.launch("qa/gpu", TestPlanName="render")
        failed = tester.launch("qa/regression", TestPlanName="failing", NoOfReruns="1")
        rerun = tester.launch("qa/regression", TestPlanName="flaky", NoOfReruns="2")
        for run in (failed, rerun):
            tester.settled(run)
        again = tester.open(f"{run_path(failed)}again/").form()
        passed = tester.send(again.fill({"p-TestPlanName": "smoke", "p-NoOfReruns": "0"}))
        tester.settled(passed)
        running = tester.launch("endless", TestPlanName="soak")
        tester.wait_for(running, "Running")
        found = {
            "unknown": unknown,
            "waiting": waiting,
            "failed": failed,
            "passed": passed,
            "running": running,
        }
        paths = {name: run_path(run) for name, run in found.items()}
        job = tester.path_of("qa/regression")
        return paths | {"job": job, "build": f"{job}builds/{build_of_jenkins(jenkins)}/"}


def build_of_jenkins(jenkins: Remote) -> int:
    """The number of a failed build that Jenkins was asked for by somebody else."""
    path = "job/qa/job/regression"
    number: int = jenkins.get(f"{path}/api/json").json()["nextBuildNumber"]
    jenkins.post(f"{path}/buildWithParameters?delay=0sec", data={"TestPlanName": "failing"})
    wait_until(lambda: '"result":"FAILURE"' in jenkins.get(f"{path}/{number}/api/json").text)
    return number


@pytest.fixture(scope="package")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A Runboard with people but no controller: its address and their password."""
    with web_alone(tmp_path_factory.mktemp("first-day"), "first day") as (url, _):
        yield url, "first day"


@pytest.fixture(scope="package")
def long_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A Runboard full of words without a place to break: its address, and paths of its pages."""
    make = "from tests.browser import long_words; long_words.main()"
    with web_alone(tmp_path_factory.mktemp("long-words"), "long words", make) as (url, said):
        yield url, json.loads(said)


@contextmanager
def web_alone(state: Path, password: str, rows: str = "") -> Iterator[tuple[str, str]]:
    """The web server without a worker, with people and what ``rows`` makes: address, its output."""
    (port,) = free_ports(1)
    environment = os.environ | {"RUNBOARD_STATE": str(state), "DEMO_PASSWORD": password}
    people = "from config.demo.first_start import make_people; make_people()"
    for command in (
        ["migrate"],
        ["collectstatic", "--noinput"],
        ["shell", "-c", f"{people}; {rows}"],
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    # With threads, as it always runs: a browser's spare connection holds a worker without them
    web = ["-m", "gunicorn", "config.wsgi", "--config", "config/gunicorn.py"]
    with subprocess.Popen(
        [sys.executable, *web, "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=environment
    ) as server:
        try:
            with Person(f"http://127.0.0.1:{port}") as anybody:
                anybody.wait_until_web_answers()
            yield anybody.url, done.stdout
        finally:
            server.terminate()
