"""The 89 recorded exchanges with a Jenkins 2.579, played again: same status, headers and shape.

They are one session in order, so they are played once, with the waiting in between that the
recording needed, too; then each exchange is compared on its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo_jenkins.server import Server, freestyle, string_parameter, wait_for

RECORDING = Path(__file__).parent.parent / "recordings" / "recorded-jenkins.json"
RECORDED: list[dict[str, Any]] = json.loads(RECORDING.read_text("utf-8"))
HEADERS = [
    "Content-Type",
    "Allow",
    "WWW-Authenticate",
    "Location",
    "X-You-Are-Authenticated-As",
    "X-Required-Permission",
    "X-Permission-Implied-By",
]
PRESENT = ["X-Jenkins", "X-Jenkins-Session", "X-Text-Size", "X-More-Data"]
ADMINISTER = "hudson.model.Hudson.Administer"
XML = {"Content-Type": "application/xml"}


def parameter(kind: str, name: str, *fields: str) -> str:
    tag = f"hudson.model.{kind}ParameterDefinition"
    return f"<{tag}><name>{name}</name>{''.join(fields)}</{tag}>"


CHOICES = "<choices><string>staging</string><string>production</string></choices>"
PARAMETERS = [
    string_parameter("TestPlanName", "smoke", "Which plan to run"),
    string_parameter("NoOfReruns", "0", "Times a failed test is run again"),
    parameter("Choice", "Environment", CHOICES),
    parameter("Boolean", "Verbose", "<defaultValue>true</defaultValue>"),
    parameter("Text", "Notes", "<defaultValue>first line\nsecond line</defaultValue>"),
    parameter("Password", "Secret", "<defaultValue/>"),
    parameter("File", "data.csv", "<description>uploaded</description>"),
    parameter("Run", "Upstream", "<projectName>nightly</projectName><filter>ALL</filter>"),
]
STEPS = """
for i in 1 2 3 4
do printf '\\033[32mtest %s\\033[0m %s ok\\n' $i "$TestPlanName"; sleep 0.3
done
until [ -e "$JENKINS_HOME/may-end" ]; do sleep 0.1; done
"""
DESCRIPTION = "A job of the recording"
TRIGGER = "remote-secret"
REGRESSION = freestyle(
    STEPS,
    *PARAMETERS,
    is_concurrent=True,
    quiet_s=100,  # it ends when the clock is put forward
    token=TRIGGER,
    description=DESCRIPTION,
)
NIGHTLY = freestyle("true", is_concurrent=True, description=DESCRIPTION)


class Player:
    """Plays the recording against a server, with its ids where the recording has others."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.password = ("admin", "a password")
        self.token = server.make_user("admin", ADMINISTER, password=self.password[1])
        self.ids: dict[str, str] = {}  # of items and tokens, and console offsets: recorded to ours
        self.session = requests.Session()  # the browser-like one, with its cookie
        self.crumb = ""

    def play(self, recorded: dict[str, Any]) -> requests.Response:
        """Send a recorded request; remember the ids of its answer."""
        note, request = recorded["note"], recorded["request"]
        path = re.sub(r"(queue/item/|id=|start=)(\d+)", self._own_id, request["path"])
        form = {name: self.ids.get(text, text) for name, text in request.get("form", {}).items()}
        options: dict[str, Any] = {"auth": None if request.get("auth") == "none" else self.token}
        if "body" in request:
            xml = REGRESSION if "regression" in path else NIGHTLY
            options |= {"data": xml.encode(), "headers": XML}
        elif form:
            options["data"] = form
        if note == "Wrong token":
            options["auth"] = ("admin", "wrong")
        if note.startswith("Password"):
            return self._by_password(note, path)
        answer = self.server.request(request["method"], path, **options)
        self._remember(recorded, answer)
        return answer

    def _own_id(self, match: re.Match[str]) -> str:
        return match[1] + self.ids.get(match[2], match[2])

    def _by_password(self, note: str, path: str) -> requests.Response:
        self.session.auth = self.password
        url, headers = self.server.url, {}
        if "crumb" in note and "no crumb" not in note:
            shown = self.session.get(f"{url}crumbIssuer/api/json", timeout=10).json()
            headers = {shown["crumbRequestField"]: shown["crumb"]}
        if "without its cookie" in note:
            self.session.cookies.clear()
        return self.session.post(
            url + path.lstrip("/"), headers=headers, allow_redirects=False, timeout=10
        )

    def _remember(self, recorded: dict[str, Any], answer: requests.Response) -> None:
        theirs = re.search(r"queue/item/(\d+)", recorded["headers"].get("Location", ""))
        ours = re.search(r"queue/item/(\d+)", answer.headers.get("Location", ""))
        if theirs and ours:
            self.ids[theirs[1]] = ours[1]
        if "X-Text-Size" in recorded["headers"]:
            size = recorded["headers"]["X-Text-Size"]
            self.ids[size] = answer.headers["X-Text-Size"]
        if recorded["note"] == "Make an API token":
            uuid = recorded["body"]["data"]["tokenUuid"]
            self.ids[uuid] = answer.json()["data"]["tokenUuid"]


def prepare(player: Player, note: str) -> None:
    """What lay between a recorded exchange and the one before."""
    server = player.server
    if note == "Jobs with folders, two levels":
        prepare_jobs(player)
    elif note == "Queue: no agent has the label":
        player.ids["36"] = str(server.launch("job/qa/job/nowhere"))
        wait_for(lambda: "Buildable" in json.dumps(server.json("queue/api/json")))
    elif note == "The item once it has left for an executor":
        server.forward(100)
        server.started(int(player.ids["34"]))
    elif note == "Console while it runs, from 0":
        wait_for(lambda: "test 1" in server.console("job/qa/job/regression/1/"))
    elif note == "Console from where it stood":
        wait_for(lambda: "test 4" in server.console("job/qa/job/regression/1/"))
    elif note == "The build once it has ended":
        (server.home / "may-end").touch()
        server.ended("job/qa/job/regression/1/")
    elif note == "lastBuild of a job that has only failed":
        server.run("job/qa/job/failing")
    elif note == "Stop a running build":
        server.started(server.launch("job/qa/job/long"))
    elif note == "The aborted build":
        server.ended("job/qa/job/long/1/")
    elif note == "Launch while the controller is quieting down":
        server.post("quietDown")
    elif note == "Its queue item":
        item = f"queue/item/{player.ids['42']}/api/json"
        wait_for(lambda: server.json(item)["buildable"])


def prepare_jobs(player: Player) -> None:
    """Jobs that were there before the recording began, or were made in silence."""
    server = player.server
    for name in ("busy", "job1", "job2"):
        server.make_job(name, NIGHTLY)
        server.run(f"job/{name}")
    server.post(
        "createItem", {"name": "fold", "mode": "com.cloudbees.hudson.plugins.folder.Folder"}
    )
    server.make_job("inner", NIGHTLY, "job/fold/")
    server.run("job/fold/job/inner")
    server.make_job("nolabel", freestyle("true", label="no-such-label"))
    server.make_job("failing", freestyle("exit 1"), "job/qa/")
    server.make_job("long", freestyle("sleep 60"), "job/qa/")
    server.make_job("nowhere", freestyle("true", label="no-such-label"), "job/qa/")
    player.ids["30"] = str(server.launch("job/nolabel"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[requests.Response]]:
    """Our answers to all recorded requests, in order."""
    server = Server(tmp_path_factory.mktemp("recorded") / "home").start()
    player = Player(server)
    answers = []
    for recorded in RECORDED:
        prepare(player, recorded["note"])
        answers.append(player.play(recorded))
    yield answers
    player.session.close()
    server.stop()


numbered = pytest.mark.parametrize(
    "number", range(len(RECORDED)), ids=[recorded["note"] for recorded in RECORDED]
)


@numbered
def test_status(played: list[requests.Response], number: int) -> None:
    assert played[number].status_code == RECORDED[number]["status"], played[number].text


@numbered
def test_headers(played: list[requests.Response], number: int) -> None:
    theirs, ours = RECORDED[number]["headers"], played[number].headers
    if RECORDED[number]["note"].startswith("Password"):
        return  # recorded by another way, without most headers
    for name in HEADERS:
        assert without_ids(ours.get(name)) == without_ids(theirs.get(name)), name
    for name in PRESENT:
        assert (name in ours) == (name in theirs), name


def without_ids(value: str | None) -> str | None:
    """A header with what differs from controller to controller taken out."""
    if value is None:
        return None
    host = re.sub(r"http://[^/]+/", "http://host/", value)
    return re.sub(r"queue/item/\d+", "queue/item/N", host)


@numbered
def test_body(played: list[requests.Response], number: int) -> None:
    recorded, ours = RECORDED[number], played[number]
    if isinstance(recorded["body"], dict):
        assert shape(ours.json()) == shape(recorded["body"])
    elif recorded["body"] == "":
        assert ours.content == b""
    elif recorded["body"].startswith("HTML") and recorded["request"]["method"] != "HEAD":
        assert "html" in ours.text
        assert key_phrase(recorded["body"]) in ours.text


def key_phrase(page: str) -> str:
    """The words of a recorded page that say what is wrong."""
    phrases = [
        "already exists with the name",
        "Authentication required",
        "A problem occurred while processing the request",
        "This page may not exist, or you may not have permission to see it.",
        "This URL requires POST",
        "Nothing is submitted",
        "is not parameterized",
        "is not buildable",
        "HTTP ERROR 401 Unauthorized",
        "explicitly marked to be kept",
        "Not found <!--",
    ]
    return next(phrase for phrase in phrases if phrase in page)


def shape(value: Any) -> Any:
    """Names in order and kinds of values; classes word by word."""
    if isinstance(value, dict):
        return [(name, text if name == "_class" else shape(text)) for name, text in value.items()]
    if isinstance(value, list):
        return [shape(element) for element in value]
    return type(value).__name__


def test_the_queue_lists_its_items_in_the_same_order(played: list[requests.Response]) -> None:
    numbers = [n for n, recorded in enumerate(RECORDED) if recorded["note"] == "The whole queue"]
    theirs = RECORDED[numbers[0]]["body"]["items"]
    ours = played[numbers[0]].json()["items"]
    assert [item["task"]["name"] for item in ours] == [item["task"]["name"] for item in theirs]
    assert [item.get("timestamp") is None for item in ours] == [False, False, True]
    assert ours[0]["timestamp"] < ours[1]["timestamp"]  # the sooner one first, as recorded


def test_notes_and_console_texts(played: list[requests.Response]) -> None:
    by_note = {recorded["note"]: played[n] for n, recorded in enumerate(RECORDED)}
    running = by_note["Console while it runs, from 0"]
    assert running.content.startswith(b"Started by user \x1b[8mha:////4")
    assert b"\x1b[0madmin\r\nStarted by user \x1b[8mha:" in running.content
    plain = by_note["Console text"].text
    assert plain.startswith("Started by user admin\nStarted by user admin\nRunning as SYSTEM\n")
    assert plain.endswith("Finished: SUCCESS\n")
    assert (
        by_note["Console from beyond its end"].content
        == by_note["Console once ended, from 0"].content
    )
    assert by_note["Its queue item"].json()["why"] == "Jenkins is about to shut down"
