"""Loaded before Django (see addopts): tests get a fresh state folder and nothing of the machine's.

Also a guard: what runs in the tests' own processes reaches this machine only.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import sys
import tempfile

import pytest

STATE = tempfile.mkdtemp(prefix="runboard-tests-")
LOCAL_NAMES = {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104  compared only

# What config/settings.py reads would otherwise come from the developer's shell
FROM_THE_SHELL = (
    "SECRET_KEY SECRET_KEY_FILE RUNBOARD_KEYS RUNBOARD_KEYS_FILE DEBUG ALLOWED_HOSTS "
    "CSRF_TRUSTED_ORIGINS TRUSTED_PROXIES RUNBOARD_URL RUNBOARD_PORT JENKINS_PORT DEMO_PASSWORD "
    "DATABASE_URL REDIS_URL TIME_ZONE LOG_LEVEL RERUNS_MAX NOT_AFTER_S CONSOLE_CAP_BYTES "
    "CATALOGUE_EVERY_S JENKINS_CONNECT_TIMEOUT_S JENKINS_READ_TIMEOUT_S"
)


def _isolate() -> None:
    for name in FROM_THE_SHELL.split():
        os.environ.pop(name, None)
    os.environ["RUNBOARD_STATE"] = STATE
    atexit.register(shutil.rmtree, STATE, ignore_errors=True)
    sys.addaudithook(_stay_on_this_machine)
    # A shell's background job begins with SIGINT ignored, and so would all that tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _stay_on_this_machine(event: str, args: tuple[object, ...]) -> None:
    """Names are looked up as on a machine with no network; foreign addresses fail the test."""
    if event == "socket.getaddrinfo" and args[0] not in LOCAL_NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1")):
            pytest.fail(f"A test wanted to leave this machine: {address}")


_isolate()
