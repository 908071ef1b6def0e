"""A nudge never waits and never raises, whatever the broker does."""

import os
import socket
import subprocess
import sys
import threading

import pytest
from redis import Redis

from tests.demo import wait_until

# Nudges from a process of its own: the broker's address is read once, at start.
NUDGE = """
import django
django.setup()
from dashboard.shared.nudging import nudge
nudge("launching.submit_run", 1)
print("went on", flush=True)
"""

NUDGE_FOR_EACH_LINE = """
import sys
import django
django.setup()
from dashboard.shared.nudging import nudge
for line in sys.stdin:
    nudge("launching.submit_run", int(line))
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


def with_broker(path):
    """The environment of a process whose broker listens at ``path``."""
    return os.environ | {
        "REDIS_URL": f"unix://{path}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def nudge_in_a_process(broker):
    return subprocess.run(
        [sys.executable, "-c", NUDGE],
        env=with_broker(broker),
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


@pytest.mark.parametrize(
    ("trouble", "cure"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["full", "read-only"],
)
def test_a_broker_that_refuses_costs_only_the_nudges_of_that_time(redis, tmp_path, trouble, cure):
    path = tmp_path / "redis.sock"
    broker = Redis(unix_socket_path=str(path))
    with subprocess.Popen(
        [sys.executable, "-c", NUDGE_FOR_EACH_LINE],
        env=with_broker(path),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as nudging:
        print(1, file=nudging.stdin)
        wait_until(lambda: broker.llen("celery") == 1)
        broker.execute_command(*trouble)
        print(2, file=nudging.stdin)
        assert "nudge not sent" in nudging.stderr.readline()
        broker.execute_command(*cure)
        print(3, file=nudging.stdin)
        wait_until(lambda: broker.llen("celery") == 2)
    broker.close()
