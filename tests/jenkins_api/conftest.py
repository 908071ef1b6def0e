"""A server for the client's tests that replays recordings."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

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
