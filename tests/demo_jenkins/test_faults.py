"""Faults on demand, restarts, quieting down, the clock, and many clients at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from tests.demo_jenkins.server import Server, freestyle, session_or_none, wait_for

CLIENTS = 200
REQUESTS_EACH = 3


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A controller whose faults hurt nobody else."""
    return Server(tmp_path_factory.mktemp("faulty") / "home")


@pytest.fixture(autouse=True, scope="module")
def _running(faulty: Server) -> object:
    faulty.start()
    faulty.make_job("a", freestyle("true", "A"))
    yield
    faulty.stop()


def launched(faulty: Server) -> int:
    """How many launches the controller has taken."""
    queue = faulty.json("queue/api/json?tree=items[id]")["items"]
    return len(queue)


def test_close_before_does_nothing(faulty: Server) -> None:
    before = launched(faulty)
    faulty.post("demo/fault", {"kind": "close-before", "method": "POST"})
    with pytest.raises(requests.ConnectionError):
        faulty.post("job/a/buildWithParameters?delay=900sec", {"A": "before"})
    assert launched(faulty) == before


def test_close_after_accept_does_the_work(faulty: Server) -> None:
    before = launched(faulty)
    faulty.post("demo/fault", {"kind": "close-after-accept"})
    with pytest.raises(requests.ConnectionError):
        faulty.post("job/a/buildWithParameters?delay=900sec", {"A": "after"})
    assert launched(faulty) == before + 1


def test_a_declined_launch_leads_to_the_job_and_queues_nothing(faulty: Server) -> None:
    before = launched(faulty)
    faulty.post("demo/fault", {"kind": "decline"})
    answer = faulty.post("job/a/buildWithParameters?delay=900sec", {"A": "declined"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/job/a/")
    assert launched(faulty) == before


def test_a_fault_waits_for_the_request_it_is_meant_for(faulty: Server) -> None:
    faulty.post("demo/fault", {"kind": "unavailable", "path": "computer", "count": "2"})
    statuses = [faulty.get(path).status_code for path in ("api/json", "computer/api/json") * 3]
    assert statuses == [200, 503, 200, 503, 200, 200]


def test_unavailable_for_a_time(faulty: Server) -> None:
    faulty.post("demo/fault", {"kind": "unavailable", "for_s": "600", "seconds": "7"})
    down = [faulty.get("api/json") for _ in range(2)][-1]
    faulty.post("demo/fault/clear")
    assert down.status_code == 503
    assert down.headers["Retry-After"] == "7"
    assert "Please wait while Jenkins is getting ready to work" in down.text
    assert "X-Jenkins" not in down.headers
    faulty.post("demo/fault", {"kind": "unavailable", "for_s": "0.5"})
    wait_for(lambda: faulty.get("api/json").status_code == 200)


def test_hang(faulty: Server) -> None:
    faulty.post("demo/fault", {"kind": "hang", "seconds": "600"})
    with pytest.raises(requests.ReadTimeout):
        faulty.get("api/json", timeout=0.3)
    assert faulty.get("api/json").ok


def test_slow_body_arrives_whole(faulty: Server) -> None:
    right = faulty.get("api/json", headers={"Accept-Encoding": "identity"})
    faulty.post("demo/fault", {"kind": "slow-body", "seconds": "600"})
    with pytest.raises(requests.RequestException, match="timed out"):
        faulty.get("api/json", timeout=0.3)
    faulty.post("demo/fault", {"kind": "slow-body", "seconds": "0.5"})
    assert faulty.get("api/json").content == right.content


def test_pages_where_json_was_due(faulty: Server) -> None:
    faulty.post("demo/fault", {"kind": "html"})
    page = faulty.get("api/json")
    faulty.post("demo/fault", {"kind": "login-redirect"})
    redirect = faulty.get("api/json")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert redirect.status_code == 302
    assert redirect.headers["Location"].startswith("https://sso.example/login")


def test_clearing(faulty: Server) -> None:
    faulty.post("demo/fault", {"kind": "unavailable", "for_s": "900"})
    assert faulty.get("api/json").status_code == 503
    faulty.post("demo/fault/clear")
    assert faulty.get("api/json").status_code == 200


def test_unknown_fault_is_an_error(faulty: Server) -> None:
    assert faulty.post("demo/fault", {"kind": "earthquake"}).status_code == 500


@pytest.mark.parametrize("seconds", ["1e300", "-1e300", "inf", "nan", "1e12", "-1e10"])
def test_a_clock_cannot_leave_the_years_it_can_tell(faulty: Server, seconds: str) -> None:
    refused = faulty.post("demo/clock", {"forward": seconds})
    assert refused.status_code == 400
    assert "1970 to 9999" in refused.text
    assert faulty.get("api/json").ok


def test_clock_skew_shows_in_the_date(faulty: Server) -> None:
    before = parsedate_to_datetime(faulty.get("api/json").headers["Date"])
    faulty.forward(-3600)
    after = parsedate_to_datetime(faulty.get("api/json").headers["Date"])
    faulty.forward(3600)
    assert -3600 <= (after - before).total_seconds() < -3500


def test_quieting_down_takes_launches_and_starts_none(start: Callable[..., Server]) -> None:
    jenkins = start()
    jenkins.make_job("a", freestyle("true"))
    jenkins.post("quietDown", {"message": "backup"})
    root = jenkins.json("api/json?tree=quietingDown,quietDownReason")
    assert (root["quietingDown"], root["quietDownReason"]) == (True, "backup")
    item = jenkins.launch("job/a")
    wait_for(lambda: jenkins.json(f"queue/item/{item}/api/json")["buildable"])
    assert jenkins.json(f"queue/item/{item}/api/json")["why"] == "Jenkins is about to shut down"
    jenkins.post("cancelQuietDown")
    assert jenkins.ended(jenkins.started(item))["result"] == "SUCCESS"


@pytest.mark.parametrize("path", ["restart", "demo/crash"])
def test_starting_again_by_request(start: Callable[..., Server], path: str) -> None:
    jenkins = start("--executors", "1")
    jenkins.make_job("a", freestyle("exec sleep 65", "A", is_concurrent=True))
    build = jenkins.started(jenkins.launch("job/a", {"A": "1"}))
    wait_for(lambda: jenkins.sleepers("65"))
    waiting = jenkins.launch("job/a", {"A": "2"}, "1000sec")
    session = jenkins.get("api/json").headers["X-Jenkins-Session"]
    assert jenkins.post(path).status_code in (200, 302)
    wait_for(lambda: session_or_none(jenkins) not in (session, None))
    in_good_order = path == "restart"
    again = jenkins.launch("job/a", {"A": "3"}, "1000sec")
    if in_good_order:
        assert jenkins.json(f"{build}api/json")["result"] == "ABORTED"
        assert jenkins.json(f"queue/item/{waiting}/api/json")["params"] == "\nA=2"
        assert again == waiting + 1
    else:
        assert jenkins.get(f"{build}api/json").status_code == 404
        assert again < waiting
    assert jenkins.process.poll() is None
    assert jenkins.sleepers("65") == []


def test_a_taken_port_is_named(jenkins: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo_jenkins", "--home", str(tmp_path / "home")]
    ended = subprocess.run(
        [*command, "--port", str(jenkins.port)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"demo_jenkins: port {jenkins.port}: Address already in use")


def test_two_hundred_clients_at_once(jenkins: Server) -> None:
    jenkins.make_job("crowded", freestyle("true", "N"))

    def visit(client: int) -> list[int]:
        with requests.Session() as session:
            session.auth = (jenkins.user, jenkins.token)
            form = {"N": str(client)}
            url = f"{jenkins.url}job/crowded/buildWithParameters?delay=900sec"
            statuses = [session.post(url, form, timeout=60).status_code]
            for _ in range(REQUESTS_EACH):
                answer = session.get(f"{jenkins.url}queue/api/json?tree=items[id]", timeout=60)
                statuses.append(answer.status_code)
            return statuses

    with ThreadPoolExecutor(CLIENTS) as pool:
        seen = list(pool.map(visit, range(CLIENTS)))
    assert seen == [[201] + [200] * REQUESTS_EACH] * CLIENTS
    items = jenkins.json("queue/api/json?tree=items[id,task[name]]")["items"]
    mine = {item["id"] for item in items if item["task"]["name"] == "crowded"}
    assert len(mine) == CLIENTS
    for item in mine:
        jenkins.post(f"queue/cancelItem?id={item}")
