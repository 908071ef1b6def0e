"""Launch, wait for and read one build: our client beside three that others wrote.

All on one demo controller, which counts their requests. The job has run before, so Jenkins has
an estimate of how long it takes; it has a quiet period, as most jobs do. The others ask once a
second, as their users write it. Ours can ask less, since its records tell when the quiet period
ends and when the build should, and the last read of the console also tells that it has ended.
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.setting_up import report
from jenkins_api import Jenkins
from tests.clients.drivers import DRIVERS
from tests.demo_jenkins.server import Server, freestyle

JOB = "measured"
QUIET_S = 2
COMMAND = "seq 1000; sleep 4.2"
ROUNDS = 3
EVERY_S = 1.0
SOON_S = 0.2  # how often ours asks when something is due
OURS = "jenkins_api"

Play = Callable[[Server, str], str]  # on a controller with a plan's name; the console


def main() -> int:
    """Print the figures as one line of JSON; 1 where they do not hold."""
    logging.disable(logging.INFO)  # two of them tell of every request
    plays: dict[str, Play] = {OURS: play_ours}
    plays |= {name: partial(play_theirs, name) for name in DRIVERS}
    requests: dict[str, list[int]] = {name: [] for name in plays}
    seconds: dict[str, list[float]] = {name: [] for name in plays}
    with TemporaryDirectory() as home:
        server = Server(Path(home) / "home").start()
        try:
            server.make_job(JOB, freestyle(COMMAND, "PLAN", quiet_s=QUIET_S))
            server.run(f"job/{JOB}", {"PLAN": "before"})
            for number in range(ROUNDS):
                for name, play in plays.items():
                    server.post("demo/requests/reset")
                    began = time.perf_counter()
                    console = play(server, f"{name} {number}")
                    seconds[name].append(time.perf_counter() - began)
                    requests[name].append(server.json("demo/requests")["total"])
                    if not console.endswith("Finished: SUCCESS\n"):
                        raise RuntimeError(f"{name} has read no whole console")
        finally:
            server.stop()
    return _report(requests, seconds)


def _report(requests: dict[str, list[int]], seconds: dict[str, list[float]]) -> int:
    most = {name: max(counts) for name, counts in requests.items()}
    median_s = {name: round(statistics.median(times), 2) for name, times in seconds.items()}
    others = [name for name in most if name != OURS]
    return report(
        "launch, wait and console of one build",
        requests=most,
        seconds=median_s,
        bound="fewer requests than any other, finished no later than the fastest",
        holds=all(most[OURS] < min(requests[name]) for name in others)
        and all(median_s[OURS] <= median_s[name] for name in others),
    )


def play_theirs(name: str, server: Server, plan: str) -> str:
    """One of the other clients."""
    driver = DRIVERS[name](server.url, server.user, server.token)
    try:
        build = driver.wait(driver.launch(JOB, {"PLAN": plan}), EVERY_S)
        if driver.result(build) != "SUCCESS":
            raise RuntimeError(f"{name} has read no result")
        return driver.console(build).rstrip("\n") + "\n"  # one gives lines without ends
    finally:
        driver.close()


def play_ours(server: Server, plan: str) -> str:
    """Our client."""
    with Jenkins(server.url, user=server.user, token=server.token) as jenkins:
        item = jenkins.start_build(JOB, {"PLAN": plan}, delay_s=None).queue_id
        number = _wait_for_number(jenkins, item)
        text, start = b"", 0
        _sleep_until_due(jenkins, number)
        while True:
            chunk = jenkins.console(JOB, number, start)
            text, start = text + chunk.text, chunk.next_start
            if not chunk.has_more:
                break
            time.sleep(SOON_S)
        build = jenkins.build(JOB, number)
        if build is None or build.result != "SUCCESS":
            raise RuntimeError(f"{OURS} has read no result")
        return text.decode()


def _wait_for_number(jenkins: Jenkins, queue_id: int) -> int:
    """Ask again when the quiet period ends; the controller's clock is this machine's."""
    while True:
        item = jenkins.queue_item(queue_id)
        if item is None or item.is_cancelled:
            raise RuntimeError("the queue has forgotten the launch")
        if item.build_number is not None:
            return item.build_number
        quiet_s = (item.waits_until_ms or 0) / 1000 - time.time()
        time.sleep(max(quiet_s, 0) + SOON_S)


def _sleep_until_due(jenkins: Jenkins, number: int) -> None:
    """Wait for the time at which a build of this job should have ended."""
    build = jenkins.build(JOB, number)
    if build and build.estimated_ms:
        ends_at_s = (build.started_ms + build.estimated_ms) / 1000
        time.sleep(max(ends_at_s - time.time(), 0))


if __name__ == "__main__":
    sys.exit(main())
