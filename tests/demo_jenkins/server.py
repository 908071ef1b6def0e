"""A demo controller as a real process, and short ways to talk to it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import psutil  # type: ignore[import-untyped] # psutil ships no types
import requests

PATIENCE_S = 120


class Server:
    """``python -m demo_jenkins`` with a home of its own; it may be stopped and started again."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.options = options
        self.port = 0
        self.session = requests.Session()

    def start(self) -> Server:
        ready = self.home.with_suffix(".ready")
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "demo_jenkins", "--home", str(self.home)]
        command += ["--port", str(self.port), "--ready-file", str(ready), *self.options]
        with self.home.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log)
        wait_for(ready.exists)
        facts = json.loads(ready.read_text())
        self.url, self.user, self.token = facts["url"], facts["user"], facts["token"]
        self.port = int(self.url.split(":")[2].split("/")[0])
        self.session.auth = (self.user, self.token)
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; the exit status."""
        self.session.close()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """One exchange without following redirects; ``auth=None`` sends no credentials."""
        options = {"timeout": PATIENCE_S, "allow_redirects": False, **options}
        session = requests.Session() if "auth" in options else self.session
        answer = session.request(method, self.url + path.lstrip("/"), **options)
        if session is not self.session:
            session.close()
        return answer

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> requests.Response:
        return self.request("POST", path, data=data, **options)

    def json(self, path: str, **options: Any) -> Any:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make_job(self, name: str, xml: str, folder: str = "") -> None:
        headers = {"Content-Type": "application/xml"}
        answer = self.post(
            f"{folder}createItem", xml.encode(), params={"name": name}, headers=headers
        )
        assert answer.status_code == 200, answer.text

    def make_user(self, user: str, *permissions: str, password: str = "") -> tuple[str, str]:
        form = {"id": user, "permission": permissions, "password": password}
        answer = self.post("demo/user", form)
        return user, answer.json()["token"]

    def launch(self, job: str, data: dict[str, str] | None = None, delay: str = "0sec") -> int:
        """Queue a build of the job at this path; the queue item's id."""
        how = "build" if data is None else "buildWithParameters"
        answer = self.post(f"{job}/{how}?delay={delay}", data)
        assert answer.status_code == 201, answer.text
        return item_id(answer)

    def started(self, item: int) -> str:
        """Wait until a queue item has become a build; the build's path."""
        path = f"queue/item/{item}/api/json"
        wait_for(lambda: self.json(path).get("executable"))
        return str(self.json(path)["executable"]["url"]).removeprefix(self.url)

    def ended(self, build: str) -> Any:
        """Wait until a build has ended; its facts."""
        wait_for(lambda: not self.json(f"{build}api/json?tree=building")["building"])
        return self.json(f"{build}api/json")

    def run(self, job: str, data: dict[str, str] | None = None) -> Any:
        """Launch and wait for the end; the build's facts."""
        return self.ended(self.started(self.launch(job, data)))

    def console(self, build: str) -> str:
        return self.get(f"{build}consoleText").content.decode("utf-8", "replace")

    def sleepers(self, seconds: str) -> list[int]:
        """Pids of ``sleep`` for so long that are of its builds: another may run the same test."""
        return [
            process.pid
            for process in psutil.process_iter(["cmdline", "environ", "status"])
            if process.info["cmdline"] == ["sleep", seconds]
            and process.info["status"] != psutil.STATUS_ZOMBIE
            and (process.info["environ"] or {}).get("JENKINS_HOME") == str(self.home)
        ]

    def forward(self, seconds: float) -> None:
        self.post("demo/clock", {"forward": str(seconds)})


def session_or_none(jenkins: Server) -> str | None:
    """Which start of the controller answers, None while none does."""
    try:
        return str(jenkins.get("api/json", timeout=5).headers["X-Jenkins-Session"])
    except requests.RequestException:
        return None


def item_id(answer: requests.Response) -> int:
    return int(answer.headers["Location"].rstrip("/").rpartition("/")[2])


def wait_for(
    condition: Callable[[], Any], patience_s: float = PATIENCE_S, every_s: float = 0.05
) -> None:
    """Wait until the condition holds; fail when it takes too long."""
    give_up_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up_at, "waited too long"
        time.sleep(every_s)


def freestyle(
    command: str,
    *parameters: str,
    label: str = "",
    junit: str = "",
    is_concurrent: bool = False,
    token: str = "",
    quiet_s: int | None = None,
    description: str = "",
) -> str:
    """Configuration of a freestyle job; a parameter is its whole XML, or just a string's name."""
    definitions = "".join(p if p.startswith("<") else string_parameter(p) for p in parameters)
    holder = "hudson.model.ParametersDefinitionProperty"
    properties = (
        f"<{holder}><parameterDefinitions>{definitions}</parameterDefinitions></{holder}>"
        if parameters
        else ""
    )
    archiver = "hudson.tasks.junit.JUnitResultArchiver"
    publishers = f"<{archiver}><testResults>{junit}</testResults></{archiver}>" if junit else ""
    return (
        "<?xml version='1.1' encoding='UTF-8'?><project>"
        f"<properties>{properties}</properties>"
        + (f"<assignedNode>{label}</assignedNode>" if label else "")
        + (f"<authToken>{token}</authToken>" if token else "")
        + (f"<quietPeriod>{quiet_s}</quietPeriod>" if quiet_s is not None else "")
        + f"<description>{description}</description>"
        f"<concurrentBuild>{str(is_concurrent).lower()}</concurrentBuild>"
        f"<builders><hudson.tasks.Shell><command>{escape(command)}</command></hudson.tasks.Shell>"
        f"</builders><publishers>{publishers}</publishers></project>"
    )


def string_parameter(name: str, default: str = "", description: str = "") -> str:
    tag = "hudson.model.StringParameterDefinition"
    return (
        f"<{tag}><name>{name}</name><description>{description}</description>"
        f"<defaultValue>{escape(default)}</defaultValue></{tag}>"
    )
