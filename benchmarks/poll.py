"""Poll of a fragment by a signed-in person on 20 connections, beside a bare signed-in view.

Each round follows one of the bare view, on one server of two processes as `make demo` starts it;
ratios are medians of these pairs, for the machine is shared.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from html import unescape
from itertools import count
from typing import NamedTuple

import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks.setting_up import report
from config.demo.processes import SOCKETS, commands, make_own_folder, redis_server_command
from dashboard.people.models import Role, User
from dashboard.runs.models import Run
from dashboard.runs.standing import standing_of
from dashboard.runs.states import RunState
from tests.demo import wait_until
from tests.factories import make_run, make_user

CONNECTIONS = 20
ROUND_S = 1.0
ROUNDS = 12
RUNS_BESIDE = 99  # on the board
CHANGES_PER_S = 5  # of the run, while polls find something new
FLOOR, FLOOR_OF_NEWS = 0.8, 0.5
BOUND = (
    "nothing new >= 0.8 x, else (a header, a board of 100 active runs) >= 0.5 x the bare view; "
    "p99 <= 8 x median"
)


def main() -> int:
    """Measure each kind of poll in alternating rounds."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    person = make_user(Role.TESTER)
    run = make_run()
    beside = [make_run(run.job, plan=f"plan-{number}") for number in range(RUNS_BESIDE)]
    happens = {
        "header, something new": lambda number: change(run, number),
        "board, a run changed": lambda number: change(beside[number % RUNS_BESIDE], number),
        "board, a run moved": lambda number: end_one_and_begin_one(beside),
    }
    with serving() as port:
        site = Site(port, f"{settings.SESSION_COOKIE_NAME}={session_of(person)}")
        measured: dict[str, list[Pair]] = {name: [] for name in targets(run, site)}
        for _ in range(1 + ROUNDS):  # the first to warm up
            for name in measured:
                bare = asyncio.run(load(site, f"/bare/{run.pk}/", 204))
                path, has_news = targets(run, site)[name], name in happens
                with changing(happens[name]) if has_news else nullcontext():
                    poll = asyncio.run(load(site, path, 200 if has_news else 204))
                measured[name].append(Pair(bare, poll))
    return _report({name: pairs[1:] for name, pairs in measured.items()})


def change(run: Run, number: int) -> None:
    """Something new of ``run`` that leaves it where it stands."""
    run.change(node=f"node-{number}")


def end_one_and_begin_one(runs: list[Run]) -> None:
    """The oldest of ``runs`` ends, and a new one takes its place."""
    oldest = runs.pop(0)
    oldest.move_to(RunState.FINISHED, why="Jenkins finished it.", finished_at=timezone.now())
    runs.append(make_run(oldest.job, plan=oldest.plan))


def targets(run: Run, site: Site) -> dict[str, str]:
    """What is asked for, by name; what a page has seen is as of now."""
    run.refresh_from_db()
    board = site.board_poll()
    return {
        "header, nothing new": f"/runs/{run.pk}/header/?seen={standing_of(run).seen}",
        "board, nothing new": board,
        "console, nothing new": f"/runs/{run.pk}/console/?after=0&bytes=0",
        "header, something new": f"/runs/{run.pk}/header/?seen=0",
        "board, a run changed": board,
        "board, a run moved": board,
    }


@dataclass(frozen=True)
class Site:
    """Where the server listens, and the cookie of somebody signed in."""

    port: int
    cookie: str

    def board_poll(self) -> str:
        """What a page that opens now asks for."""
        answer = requests.get(
            f"http://127.0.0.1:{self.port}/", headers={"Cookie": self.cookie}, timeout=10
        )
        found = re.search(r'id="board-poll" data-poll hx-get="([^"]*)"', answer.text)
        if found is None:
            raise RuntimeError(f"No board: {answer.status_code}")
        return unescape(found[1])


class Round:
    """Times of one round, in seconds, and how many answers came each second."""

    def __init__(self, times_s: list[float], took_s: float) -> None:
        ordered = sorted(times_s)
        self.per_s = len(ordered) / took_s
        self.median_s = statistics.median(ordered)
        self.p99_s = ordered[int(len(ordered) * 0.99)]


class Pair(NamedTuple):
    """A round of the bare view, and one of a poll just after it."""

    bare: Round
    poll: Round


@contextmanager
def changing(happen: Callable[[int], None]) -> Iterator[None]:
    """Let something happen first and then all the while, as on a busy controller."""
    is_over = threading.Event()
    numbers = count(time.monotonic_ns())
    happen(next(numbers))

    def go_on() -> None:
        while not is_over.wait(1 / CHANGES_PER_S):
            happen(next(numbers))
        connection.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _report(measured: dict[str, list[Pair]]) -> int:
    per_s, ratios, tails = {}, {}, {}
    for name, pairs in measured.items():
        per_s[name] = statistics.median(pair.poll.per_s for pair in pairs)
        ratios[name] = statistics.median(pair.poll.per_s / pair.bare.per_s for pair in pairs)
        tails[name] = statistics.median(pair.poll.p99_s / pair.poll.median_s for pair in pairs)
    bare = [pair.bare.per_s for pairs in measured.values() for pair in pairs]
    holds = all(
        ratio >= (FLOOR if "nothing new" in name else FLOOR_OF_NEWS) and tails[name] <= 8
        for name, ratio in ratios.items()
    )
    return report(
        "poll of a fragment",
        bare_per_s=round(statistics.median(bare)),
        per_s={name: round(value) for name, value in per_s.items()},
        ratio_to_bare={name: round(value, 2) for name, value in ratios.items()},
        p99_to_median={name: round(value, 1) for name, value in tails.items()},
        bound=BOUND,
        holds=holds,
    )


@contextmanager
def serving() -> Iterator[int]:
    """Redis and gunicorn on a free port, as the demo starts them."""
    make_own_folder(SOCKETS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = [
        f"127.0.0.1:{port}" if word.startswith("127.0.0.1:") else word for word in commands()["web"]
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.poll_settings"}
    running = [
        subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
        for words in (redis_server_command(), [*web, "--log-level", "warning"])
    ]
    try:
        wait_until(lambda: _listens(port), within_s=30)
        yield port
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(timeout=30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def session_of(person: User) -> str:
    """The key of a session in which ``person`` is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


async def load(site: Site, path: str, status: int) -> Round:
    """Ask on 20 kept connections as fast as answers come."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nHX-Request: true\r\n"
        f"Cookie: {site.cookie}\r\n\r\n"
    ).encode()
    began = time.perf_counter()
    times = await asyncio.gather(
        *(_ask(site.port, request, began + ROUND_S, status) for _ in range(CONNECTIONS))
    )
    return Round([one for each in times for one in each], time.perf_counter() - began)


async def _ask(port: int, request: bytes, until: float, status: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    while (asked := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 %d " % status):
            raise RuntimeError(head.decode())
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        times.append(time.perf_counter() - asked)
    writer.close()
    return times


if __name__ == "__main__":
    code = main()
    connection.close()
    sys.exit(code)
