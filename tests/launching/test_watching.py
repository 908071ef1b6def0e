"""Watching a run from a terminal, whatever happens to the broker meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys

# In a process of its own: the broker's address is read once, at start.
PING_TWICE = """
import django
django.setup()
from dashboard.launching.watching import does_a_worker_answer
print(does_a_worker_answer(), flush=True)
input()
print(does_a_worker_answer(), flush=True)
"""


def test_a_broker_that_is_killed_is_a_worker_that_does_not_answer(redis, tmp_path):
    asking = subprocess.Popen(
        [sys.executable, "-c", PING_TWICE],
        env=os.environ
        | {
            "REDIS_URL": f"unix://{tmp_path / 'redis.sock'}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = asking.stdout.readline()
    redis.kill()
    redis.wait()
    second, trouble = asking.communicate("\n", timeout=60)
    assert (first, second) == ("False\n", "False\n"), trouble
