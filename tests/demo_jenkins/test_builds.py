"""Builds as real processes: environment, console, abort, what is kept, restarts."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped] # psutil ships no types
import pytest

from tests.demo_jenkins.server import Server, freestyle, string_parameter, wait_for

PERMALINKS = {
    "lastBuild": 5,
    "lastCompletedBuild": 5,
    "lastStableBuild": 1,
    "lastSuccessfulBuild": 2,
    "lastUnstableBuild": 2,
    "lastFailedBuild": 4,
    "lastUnsuccessfulBuild": 5,
}
BY_NUMBER = """
case "$BUILD_NUMBER" in
2) echo '<testsuite><testcase name="a"><failure>no</failure></testcase></testsuite>' > r.xml;;
3|4) exit 1;;
5) sleep 60;;
*) echo '<testsuite><testcase name="a"/></testsuite>' > r.xml;;
esac
"""


def path_of(jenkins: Server, build: dict[str, Any]) -> str:
    return str(build["url"]).removeprefix(jenkins.url)


@pytest.fixture(scope="module")
def five(jenkins: Server) -> str:
    """A job with builds that ended in five ways."""
    jenkins.make_job("five", freestyle(BY_NUMBER, junit="r.xml"))
    for _ in range(4):
        jenkins.run("job/five")
    last = jenkins.started(jenkins.launch("job/five"))
    jenkins.post(f"{last}stop")
    jenkins.ended(last)
    return "job/five"


def test_results(jenkins: Server, five: str) -> None:
    builds = jenkins.json(f"{five}/api/json?tree=builds[number,result]")["builds"]
    results = [(build["number"], build["result"]) for build in builds]
    assert results == [
        (5, "ABORTED"),
        (4, "FAILURE"),
        (3, "FAILURE"),
        (2, "UNSTABLE"),
        (1, "SUCCESS"),
    ]


@pytest.mark.parametrize(("name", "number"), PERMALINKS.items())
def test_permalinks(jenkins: Server, five: str, name: str, number: int) -> None:
    assert jenkins.json(f"{five}/{name}/api/json")["number"] == number
    assert jenkins.json(f"{five}/api/json")[name]["number"] == number
    assert jenkins.get(f"{five}/{name}/buildNumber").text == str(number)


def test_job_after_its_builds(jenkins: Server, five: str) -> None:
    job = jenkins.json(f"{five}/api/json")
    assert job["color"] == "aborted"
    assert job["nextBuildNumber"] == 6
    assert job["firstBuild"]["number"] == 1
    health = job["healthReport"][0]
    assert health["score"] == 50
    assert health["description"] == "Build stability: 2 out of the last 4 builds failed."


def test_a_permalink_without_a_build_is_404_and_null(jenkins: Server) -> None:
    jenkins.make_job("never", freestyle("true"))
    job = jenkins.json("job/never/api/json")
    assert job["color"] == "notbuilt"
    for name in PERMALINKS:
        assert jenkins.get(f"job/never/{name}/api/json").status_code == 404
        assert job[name] is None


def test_while_it_runs(jenkins: Server) -> None:
    jenkins.make_job("running", freestyle("sleep 60"))
    path = jenkins.started(jenkins.launch("job/running"))
    build = jenkins.json(f"{path}api/json")
    assert (build["building"], build["inProgress"]) == (True, True)
    assert (build["result"], build["duration"], build["estimatedDuration"]) == (None, 0, -1)
    assert jenkins.json("job/running/api/json?tree=color")["color"] == "notbuilt_anime"
    jenkins.post(f"{path}stop")
    assert jenkins.ended(path)["duration"] > 0


def test_builds_are_capped_at_a_hundred(start: Callable[..., Server]) -> None:
    jenkins = start("--executors", "30")
    jenkins.make_job("many", freestyle("true", "N", is_concurrent=True))
    items = [jenkins.launch("job/many", {"N": str(n)}) for n in range(103)]
    for item in items:
        jenkins.ended(jenkins.started(item))
    job = jenkins.json("job/many/api/json?tree=builds[number],allBuilds[number]")
    assert [build["number"] for build in job["builds"]] == list(range(103, 3, -1))
    assert len(job["allBuilds"]) == 103


class TestEnvironment:
    """What a build's processes see."""

    def test_variables(self, jenkins: Server) -> None:
        jenkins.make_job("environment", freestyle("env -0", string_parameter("MyText", "x")))
        build = jenkins.run("job/environment", {"MyText": "line 1\nüber 'line' 2"})
        console = jenkins.console(path_of(jenkins, build))
        pairs = [e.partition("=") for e in console.split("+ env -0\n")[1].split("\0")[:-1]]
        environment = {name: value for name, _, value in pairs}
        workspace = str(jenkins.home / "workspace" / "environment")
        expected = {
            "MyText": "line 1\nüber 'line' 2",
            "BUILD_ID": "1",
            "BUILD_NUMBER": "1",
            "BUILD_TAG": "jenkins-environment-1",
            "BUILD_URL": f"{jenkins.url}job/environment/1/",
            "JENKINS_URL": jenkins.url,
            "JOB_NAME": "environment",
            "JOB_BASE_NAME": "environment",
            "JOB_URL": f"{jenkins.url}job/environment/",
            "NODE_NAME": "built-in",
            "WORKSPACE": workspace,
            "PWD": workspace,
            "CI": "true",
        }
        assert expected.items() <= environment.items()
        assert environment["EXECUTOR_NUMBER"].isdecimal()

    def test_nothing_of_ours_leaks(self, start: Callable[..., Server], monkeypatch: Any) -> None:
        monkeypatch.setenv("SECRET_KEY", "do-not-tell")
        jenkins = start()
        jenkins.make_job("env", freestyle("env; echo PATH is $PATH"))
        console = jenkins.console(path_of(jenkins, jenkins.run("job/env")))
        assert "PATH is /" in console
        assert "do-not-tell" not in console

    @pytest.mark.parametrize(("size", "result"), [(100_000, "SUCCESS"), (131_072, "FAILURE")])
    def test_one_string_holds_128_kib(self, jenkins: Server, size: int, result: str) -> None:
        jenkins.make_job(f"long text {size}", freestyle('echo "has ${#A} characters"', "A"))
        build = jenkins.run(f"job/long text {size}", {"A": "x" * size})
        console = jenkins.console(path_of(jenkins, build))
        assert build["result"] == result
        assert ("Argument list too long" in console) == (result == "FAILURE")
        assert (f"has {size} characters" in console) == (result == "SUCCESS")

    def test_concurrent_builds_have_workspaces_of_their_own(self, jenkins: Server) -> None:
        jenkins.make_job("beside", freestyle("pwd; sleep 60", "A", is_concurrent=True))
        paths = [jenkins.started(jenkins.launch("job/beside", {"A": a})) for a in "12"]
        first = str(jenkins.home / "workspace" / "beside")
        wait_for(lambda: f"\n{first}\n" in jenkins.console(paths[0]))
        wait_for(lambda: f"\n{first}@2\n" in jenkins.console(paths[1]))
        for path in paths:
            jenkins.post(f"{path}stop")


class TestConsole:
    """Progressive reading and the whole text."""

    def test_frame_around_the_output(self, jenkins: Server) -> None:
        jenkins.make_job("frame", freestyle("echo hello"))
        build = jenkins.run("job/frame")
        lines = jenkins.console(path_of(jenkins, build)).splitlines()
        assert lines[:2] == ["Started by user svc-runboard", "Running as SYSTEM"]
        assert lines[2] == f"Building in workspace {jenkins.home / 'workspace' / 'frame'}"
        assert re.fullmatch(r"\[frame\] \$ /bin/sh -xe /\S+/jenkins\d+\.sh", lines[3])
        assert lines[4:] == ["+ echo hello", "hello", "Finished: SUCCESS"]

    def test_progressive_reading(self, jenkins: Server, tmp_path: Path) -> None:
        output = "printf 'one\\ntwo\\r\\n\\033[32mthree\\033[0m no end'"
        gate = tmp_path / "gate"
        wait = f"until [ -e {gate} ]; do sleep 0.1; done"
        jenkins.make_job("progressive", freestyle(f"set +x; {output}; {wait}; echo; printf last"))
        path = jenkins.started(jenkins.launch("job/progressive"))
        log = jenkins.home / "jobs" / "progressive" / "builds" / "1" / "log"
        wait_for(lambda: b"no end" in log.read_bytes())
        first = jenkins.get(f"{path}logText/progressiveText?start=0")
        gate.touch()
        jenkins.ended(path)
        second = jenkins.get(f"{path}logText/progressiveText?start={first.headers['X-Text-Size']}")
        raw = log.read_bytes()
        assert first.headers["Content-Type"] == "text/plain;charset=utf-8"
        assert first.headers["X-More-Data"] == "true"
        assert "X-More-Data" not in second.headers
        assert first.content.endswith(b"two\r\n")
        assert first.content.startswith(b"Started by user \x1b[8mha:////4")
        assert second.headers["X-Text-Size"] == str(len(raw))
        together = (first.content + second.content).replace(b"\r\n", b"\n")
        assert together == raw.replace(b"\r\n", b"\n")

    def test_ends_of_reading(self, jenkins: Server) -> None:
        jenkins.make_job("short", freestyle("true"))
        path = path_of(jenkins, jenkins.run("job/short"))
        size = int(jenkins.get(f"{path}logText/progressiveText").headers["X-Text-Size"])
        at_end = jenkins.get(f"{path}logText/progressiveText?start={size}")
        beyond = jenkins.get(f"{path}logText/progressiveText?start={size + 1}")
        assert (at_end.content, at_end.headers["X-Text-Size"]) == (b"", str(size))
        assert beyond.content.startswith(b"Started by user")
        for start in ("", "x", "-1"):
            answer = jenkins.get(f"{path}logText/progressiveText?start={start}")
            assert answer.status_code == 500

    def test_ten_thousand_lines_at_a_time_while_it_runs(self, jenkins: Server) -> None:
        jenkins.make_job("lines", freestyle("seq 25000; sleep 60"))
        path = jenkins.started(jenkins.launch("job/lines"))
        wait_for(lambda: b"\n25000\n" in jenkins.get(f"{path}consoleText").content)
        text, start = b"", 0
        for lines in (10_000, 10_000):
            part = jenkins.get(f"{path}logText/progressiveText?start={start}")
            assert part.content.count(b"\r\n") == lines
            start = int(part.headers["X-Text-Size"])
            text += part.content
        jenkins.post(f"{path}stop")
        jenkins.ended(path)
        text += jenkins.get(f"{path}logText/progressiveText?start={start}").content
        numbers = [int(line) for line in text.split(b"\r\n") if line.isdigit()]
        assert numbers == list(range(1, 25_001))

    def test_bytes_that_are_no_utf8(self, jenkins: Server) -> None:
        jenkins.make_job("bytes", freestyle("printf 'a\\377b <script>\\n'"))
        path = path_of(jenkins, jenkins.run("job/bytes"))
        assert b"a\xffb <script>\n" in jenkins.get(f"{path}consoleText").content
        progressive = jenkins.get(f"{path}logText/progressiveText").content.decode()
        assert "a\ufffdb <script>\r\n" in progressive


class TestAbort:
    """Stopping a build ends its processes."""

    def test_the_process_group_is_gone_even_if_it_is_deaf_to_term(self, jenkins: Server) -> None:
        command = "trap '' TERM; sh -c \"trap '' TERM; echo child $$; sleep 600\" & wait"
        jenkins.make_job("stubborn", freestyle(command))
        path = jenkins.started(jenkins.launch("job/stubborn"))
        wait_for(lambda: re.search(r"^child \d+$", jenkins.console(path), re.MULTILINE))
        found = re.search(r"^child (\d+)$", jenkins.console(path), re.MULTILINE)
        assert found
        group = os.getpgid(int(found[1]))
        answer = jenkins.post(f"{path}stop")
        assert answer.headers["Location"] == f"/{path}"
        wait_for(lambda: not alive_in_group(group))  # long before it ends by itself
        assert jenkins.ended(path)["result"] == "ABORTED"
        end = jenkins.console(path).splitlines()[-2:]
        assert end == ["Aborted by svc-runboard", "Finished: ABORTED"]

    def test_what_a_build_leaves_behind_is_ended(self, jenkins: Server) -> None:
        jenkins.make_job("leaver", freestyle("sleep 600 >/dev/null 2>&1 & echo left $!"))
        path = path_of(jenkins, jenkins.run("job/leaver"))
        found = re.search(r"^left (\d+)$", jenkins.console(path), re.MULTILINE)
        assert found
        wait_for(lambda: not is_alive(int(found[1])))

    def test_stopping_what_has_ended_changes_nothing(self, jenkins: Server) -> None:
        jenkins.make_job("ended", freestyle("true"))
        path = path_of(jenkins, jenkins.run("job/ended"))
        assert jenkins.post(f"{path}stop").status_code == 302
        assert jenkins.json(f"{path}api/json")["result"] == "SUCCESS"


def test_keep_describe_delete(jenkins: Server) -> None:
    jenkins.make_job("kept", freestyle("true"))
    path = path_of(jenkins, jenkins.run("job/kept"))
    referer = {"Referer": f"{jenkins.url}job/kept/"}
    assert jenkins.post(f"{path}toggleLogKeep").headers["Location"] == f"/{path}"
    described = jenkins.post(f"{path}submitDescription", {"description": "<b>"}, headers=referer)
    assert described.headers["Location"] == referer["Referer"]
    facts = jenkins.json(f"{path}api/json?tree=keepLog,description")
    assert (facts["keepLog"], facts["description"]) == (True, "<b>")
    refused = jenkins.post(f"{path}doDelete")
    assert refused.status_code == 400
    assert "explicitly marked to be kept" in refused.headers["X-Error"]
    jenkins.post(f"{path}toggleLogKeep")
    assert jenkins.post(f"{path}doDelete").headers["Location"] == "/job/kept/"
    assert jenkins.get(f"{path}api/json").status_code == 404


def test_a_restart_in_good_order_keeps_everything(start: Callable[..., Server]) -> None:
    jenkins = start("--seed", "--executors", "1")
    jenkins.make_job("keeper", freestyle("echo $A; sleep $A", "A", is_concurrent=True))
    done = jenkins.run("job/keeper", {"A": "0"})
    running = jenkins.started(jenkins.launch("job/keeper", {"A": "63"}))
    waiting = jenkins.launch("job/keeper", {"A": "0.1"})
    token, session = jenkins.token, jenkins.get("api/json").headers["X-Jenkins-Session"]
    wait_for(lambda: jenkins.sleepers("63"))
    assert jenkins.stop() == 0
    assert jenkins.sleepers("63") == []
    jenkins.start()
    assert jenkins.token == token
    assert jenkins.get("api/json").headers["X-Jenkins-Session"] != session
    assert jenkins.json(f"{path_of(jenkins, done)}api/json") == {**done, "estimatedDuration": 0} | {
        "estimatedDuration": jenkins.json(f"{running}api/json")["estimatedDuration"]
    }
    assert jenkins.json(f"{running}api/json")["result"] == "ABORTED"
    assert jenkins.console(running).endswith("Finished: ABORTED\n")
    assert jenkins.ended(jenkins.started(waiting))["number"] == 3
    assert jenkins.launch("job/keeper", {"A": "0.2"}) == waiting + 1


def test_a_hard_kill_forgets_the_queue_and_reuses_ids(
    start: Callable[..., Server],
) -> None:
    jenkins = start()
    jenkins.make_job("victim", freestyle("exec sleep 64", "A", is_concurrent=True))
    path = jenkins.started(jenkins.launch("job/victim", {"A": "1"}))
    waiting = jenkins.launch("job/victim", {"A": "2"}, "1000sec")
    wait_for(lambda: jenkins.sleepers("64"))
    session = jenkins.get("api/json").headers["X-Jenkins-Session"]
    jenkins.stop(signal.SIGKILL)
    for pid in jenkins.sleepers("64"):
        os.kill(pid, signal.SIGKILL)
    jenkins.start()
    assert jenkins.get("api/json").headers["X-Jenkins-Session"] != session
    assert jenkins.get(f"{path}api/json").status_code == 404
    assert jenkins.json("queue/api/json")["items"] == []
    assert jenkins.launch("job/victim", {"A": "3"}, "1000sec") < waiting
    assert jenkins.json("job/victim/api/json")["nextBuildNumber"] == 2


def alive_in_group(group: int) -> list[int]:
    return [pid for pid in psutil.pids() if is_alive(pid) and group_of(pid) == group]


def group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
