"""What each benchmark begins with: a state of its own, and the line that it prints.

What must hold is a count, a size, or a ratio to a floor measured in the same run; times beside
it are what a person should feel. `make bench` runs all of them, on a state of their own.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import tempfile

import django

_STATE = tempfile.TemporaryDirectory(prefix="runboard-bench-")
atexit.register(_STATE.cleanup)
os.environ["RUNBOARD_STATE"] = _STATE.name
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()


def report(name: str, *, bound: str, holds: bool, **figures: object) -> int:
    """Print the line, and return the exit code: 1 where the bound does not hold."""
    line = {"name": name, "figures": figures, "bound": bound, "holds": holds}
    sys.stdout.write(json.dumps(line) + "\n")
    return 0 if holds else 1
