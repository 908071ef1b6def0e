"""Quieting down until nothing runs, ending, and reading the home again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.demo_jenkins.server import PATIENCE_S, Server, freestyle, session_or_none, wait_for

PIPELINE = (
    "<flow-definition><definition class='org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition'>"
    "<script>echo 'hi'</script></definition></flow-definition>"
)


@pytest.fixture
def busy(start: Callable[..., Server]) -> tuple[Server, str]:
    """A controller with a build that runs until it is stopped; the build's path."""
    jenkins = start()
    jenkins.make_job("long", freestyle("exec sleep 600"))
    return jenkins, jenkins.started(jenkins.launch("job/long"))


def is_quieting(jenkins: Server) -> bool:
    return bool(jenkins.json("api/json?tree=quietingDown")["quietingDown"])


def test_a_safe_restart_waits_for_what_runs(busy: tuple[Server, str]) -> None:
    jenkins, build = busy
    session = session_or_none(jenkins)
    answer = jenkins.post("safeRestart", {"message": "new plugins"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    root = jenkins.json("api/json?tree=quietingDown,quietDownReason")
    assert (root["quietingDown"], root["quietDownReason"]) == (True, "new plugins")
    assert session_or_none(jenkins) == session
    jenkins.post(f"{build}stop")
    wait_for(lambda: session_or_none(jenkins) not in (session, None))
    assert not is_quieting(jenkins)


@pytest.mark.parametrize("path", ["safeRestart?cancel=Cancel", "cancelQuietDown"])
def test_a_safe_restart_is_called_off(busy: tuple[Server, str], path: str) -> None:
    jenkins, build = busy
    session = session_or_none(jenkins)
    jenkins.post("safeRestart")
    jenkins.post(path)
    assert not is_quieting(jenkins)
    jenkins.post(f"{build}stop")
    jenkins.ended(build)
    jenkins.make_job("short", freestyle("true"))
    jenkins.run("job/short")
    assert session_or_none(jenkins) == session


def test_a_safe_exit_waits_for_what_runs(busy: tuple[Server, str]) -> None:
    jenkins, build = busy
    answer = jenkins.post("safeExit")
    assert answer.text == "Shutting down as soon as all jobs are complete"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert is_quieting(jenkins)
    jenkins.post(f"{build}stop")
    assert jenkins.process.wait(PATIENCE_S) == 0


def test_an_exit_does_not(busy: tuple[Server, str]) -> None:
    jenkins, _ = busy
    assert jenkins.post("exit").text == "Shutting down"
    assert jenkins.process.wait(PATIENCE_S) == 0


def test_quieting_down_is_answered_when_nothing_runs(busy: tuple[Server, str]) -> None:
    jenkins, build = busy
    assert jenkins.post("quietDown?block=true&timeout=100").status_code == 302  # in vain
    jenkins.post("cancelQuietDown")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(
            requests.post, f"{jenkins.url}quietDown?block=true", auth=jenkins.session.auth
        )
        wait_for(lambda: is_quieting(jenkins))
        assert not answer.done()
        jenkins.post(f"{build}stop")
        jenkins.ended(build)
        assert answer.result(PATIENCE_S).status_code == 200  # it was led to the root
    assert is_quieting(jenkins)


def test_pipelines_are_held_a_step_earlier_while_quieting_down(
    start: Callable[..., Server],
) -> None:
    jenkins = start()
    jenkins.make_job("line", PIPELINE)
    jenkins.post("quietDown")
    path = f"queue/item/{jenkins.launch('job/line')}/api/json"
    wait_for(lambda: jenkins.json(path)["why"] == "Jenkins is about to shut down")
    held = jenkins.json(path)
    assert held["_class"] == "hudson.model.Queue$BlockedItem"
    assert (held["blocked"], held["buildable"]) == (True, False)
    jenkins.post("cancelQuietDown")
    wait_for(lambda: jenkins.get("job/line/1/api/json").ok)
    assert jenkins.ended("job/line/1/")["result"] == "SUCCESS"


def test_items_are_read_again_and_what_runs_goes_on(busy: tuple[Server, str]) -> None:
    jenkins, build = busy
    jobs = jenkins.home / "jobs"
    xml = (jobs / "long" / "config.xml").read_text()
    (jobs / "new").mkdir()
    (jobs / "new" / "config.xml").write_text(xml)
    described = xml.replace("<project>", "<project><description>edited</description>", 1)
    (jobs / "long" / "config.xml").write_text(described)
    answer = jenkins.post("reload")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    names = [job["name"] for job in jenkins.json("api/json?tree=jobs[name]")["jobs"]]
    assert names == ["long", "new"]
    assert jenkins.json("job/long/api/json")["description"] == "edited"
    assert jenkins.json(f"{build}api/json")["building"] is True
    jenkins.post(f"{build}stop")
    assert jenkins.ended(build)["result"] == "ABORTED"


@pytest.mark.parametrize("path", ["exit", "safeExit", "reload"])
def test_only_administrators_may(jenkins: Server, path: str) -> None:
    manager = jenkins.make_user("manager", "hudson.model.Hudson.Manage", "hudson.model.Hudson.Read")
    answer = jenkins.post(path, auth=manager)
    assert answer.status_code == 403
    assert answer.headers["X-Required-Permission"] == "hudson.model.Hudson.Administer"


def test_signing_out_ends_the_session(start: Callable[..., Server]) -> None:
    jenkins = start()
    jenkins.make_job("a", freestyle("true"))
    jenkins.make_user("pat", "hudson.model.Hudson.Administer", password="open")  # noqa: S106 made up
    with requests.Session() as browser:
        browser.auth = ("pat", "open")
        shown = browser.get(f"{jenkins.url}crumbIssuer/api/json", timeout=PATIENCE_S).json()
        crumb = {shown["crumbRequestField"]: shown["crumb"]}
        launch = f"{jenkins.url}job/a/build"
        assert browser.post(launch, headers=crumb, timeout=PATIENCE_S).status_code == 201
        browser.get(f"{jenkins.url}logout", timeout=PATIENCE_S)
        assert browser.post(launch, headers=crumb, timeout=PATIENCE_S).status_code == 403
