"""Start the whole demo, and stop it at Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO
from urllib.request import urlopen
from xml.etree import ElementTree

from celery import current_app
from django.conf import settings
from django.core.management import CommandError, call_command

from config import frontend
from config.demo import first_start, processes, state
from config.demo.processes import CannotStart

READY_WITHIN_S = 60
LAST_PORT = 65535
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Start everything, wait for Ctrl-C, stop everything; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.demo", description=__doc__)
    parser.add_argument("--no-runs", action="store_true", help="start without launching anything")
    options = parser.parse_args()
    # Each ends a demo as Ctrl-C does; a shell's background job begins with SIGINT ignored
    for number in ENDING:
        signal.signal(number, signal.default_int_handler)
    try:
        with state.hold(settings.STATE) as lock:
            _start(lock, with_runs=not options.no_runs)
    except (state.IsHeld, CannotStart, CommandError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        pass  # asked to stop, and stopped
    return 0


def _start(lock: TextIO, *, with_runs: bool) -> None:
    _check_that_it_can_start()
    _say("Preparing database and static files ...")
    try:
        frontend.build()
    except (OSError, ElementTree.ParseError) as error:
        for stamp in (settings.BASE_DIR / ".venv").glob("ready*"):
            stamp.unlink()
        raise CannotStart(
            f"The front-end packages in node_modules are not whole ({error}): "
            "start again, and they are installed anew."
        ) from error
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)
    password = first_start.make_people()

    _say("Starting Redis, the demo controller, a worker and the web server ...")
    parent = os.getppid()
    settings.SERVED_AT.write_text(f"http://127.0.0.1:{settings.RUNBOARD_PORT}/")
    supervisord = processes.start(lock)
    try:
        _wait_for("jenkins", processes.JENKINS_READY.exists)
        first_start.connect_controller()
        _wait_for("web", _web_answers)
        _wait_for("worker", lambda: bool(current_app.control.ping(timeout=0.5)))
        _say_ready(password)
        if with_runs:
            first_start.launch_first_runs()
        while supervisord.poll() is None and os.getppid() == parent:
            time.sleep(0.5)
        if supervisord.poll() is not None:
            raise CannotStart(f"The supervisor ended: {processes.LOGS}/supervisord.log says why.")
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        _say("\nStopping ...")
        processes.stop(supervisord)


def _check_that_it_can_start() -> None:
    if settings.RUNBOARD_PORT == settings.JENKINS_PORT:
        raise CannotStart(
            f"RUNBOARD_PORT and JENKINS_PORT are both {settings.RUNBOARD_PORT}: each needs its own."
        )
    for name in ("RUNBOARD_PORT", "JENKINS_PORT"):
        port = getattr(settings, name)
        if not 0 < port <= LAST_PORT:
            raise CannotStart(
                f"{name}: {port} is no port, which is a number from 1 to {LAST_PORT}."
            )
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise CannotStart(
                    f"{name}: port {port} is taken ({error}). Choose another: make demo {name}=..."
                ) from error


def _wait_for(name: str, is_ready: Callable[[], bool]) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while not is_ready():
        if name in processes.failing() or time.monotonic() > until:
            raise CannotStart(f"{name} did not start: {processes.LOGS / name}.log says why.")
        time.sleep(0.1)


def _web_answers() -> bool:
    address = f"http://127.0.0.1:{settings.RUNBOARD_PORT}{settings.STATIC_URL}icons.svg"
    try:
        with urlopen(address, timeout=5):
            return True
    except OSError:  # not listening yet, or too busy to answer
        return False


def _say_ready(password: str) -> None:
    known = "the password of DEMO_PASSWORD" if settings.DEMO_PASSWORD else f"password {password}"
    _say(f"Runboard is ready: http://127.0.0.1:{settings.RUNBOARD_PORT}/")
    _say(f"Sign in as viewer, tester, lead or admin, {known}. Ctrl-C stops everything.")


def _say(line: str) -> None:
    with suppress(OSError):  # whoever read this may be gone; stopping must go on
        print(line, flush=True)


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
