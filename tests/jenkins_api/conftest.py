"""Servers for the client's tests: one replays recordings, others misbehave by hand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.jenkins_api.raw_server import RawServer
from tests.jenkins_api.replaying import Replay

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback servers are asked without whatever proxies this machine has."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def replay() -> Iterator[Replay]:
    """A replaying server with nothing on yet."""
    served = Replay()
    thread = threading.Thread(target=served.server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


@pytest.fixture
def raw() -> Iterator[Callable[..., RawServer]]:
    """Makes raw servers and closes them."""
    servers: list[RawServer] = []

    def make(*script: bytes | Callable[[socket.socket], None], **kwargs: Any) -> RawServer:
        servers.append(RawServer(*script, **kwargs))
        return servers[-1]

    yield make
    for server in servers:
        server.close()
