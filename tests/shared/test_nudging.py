"""A nudge never waits and never raises, whatever the broker does."""

import os
import socket
import subprocess
import sys
import threading

import pytest

# Nudges from a process of its own: the broker's address is read once, at start.
NUDGE = """
import django
django.setup()
from dashboard.shared.nudging import nudge
nudge("launching.submit_run", 1)
print("went on", flush=True)
"""


@pytest.fixture
def silent_broker(tmp_path):
    """A socket that takes connections and never says a word, as a stopped Redis does."""
    path = str(tmp_path / "redis.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        taken = []
        thread = threading.Thread(target=lambda: taken.append(listener.accept()), daemon=True)
        thread.start()
        yield path
        for connection, _ in taken:
            connection.close()


def nudge_in_a_process(broker):
    environment = os.environ | {
        "REDIS_URL": f"unix://{broker}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return subprocess.run(
        [sys.executable, "-c", NUDGE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_silent_broker_does_not_hold_up_who_nudges(silent_broker):
    done = nudge_in_a_process(silent_broker)
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr


def test_a_missing_broker_is_no_error_for_who_nudges(tmp_path):
    done = nudge_in_a_process(tmp_path / "nothing.sock")
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr
