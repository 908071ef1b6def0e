"""The state folder of a demo: one demo holds it at a time; run as a script, this removes it.

Standard library alone: `make clean-demo` needs neither packages nor settings that are whole.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class IsHeld(Exception):
    """Which demo has the state folder, in a sentence for the person who typed the command."""


def folder() -> Path:
    """The state folder that RUNBOARD_STATE names, as settings read it; it may not be there."""
    return Path(os.environ.get("RUNBOARD_STATE") or CHECKOUT / ".runboard").expanduser().resolve()


def lock_file(state: Path) -> Path:
    """Locked as long as a demo runs on ``state``; what it says names the demo's processes."""
    return state / "demo.lock"


def hold(state: Path) -> TextIO:
    """Lock ``state`` until the file is closed, by us and by whoever inherited it; or IsHeld."""
    lock = lock_file(state).open("a+")
    with alone(state):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            with lock:
                lock.seek(0)
                who = lock.read()
            raise IsHeld(
                f"A demo already runs on {state}, or is just stopping: {who}. Stop it first."
            ) from error
        _write(lock, f"process {os.getpid()}")
    return lock


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Who takes the lock also says who it is before anybody reads that."""
    folder = os.open(state, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def say_who(lock: TextIO, who: str) -> None:
    """Write down who holds the state folder."""
    with alone(Path(lock.name).parent):
        _write(lock, who)


def _write(lock: TextIO, who: str) -> None:
    lock.truncate(0)
    lock.write(who)
    lock.flush()


def main() -> int:
    """Remove the state folder; 1 where it is held."""
    state = folder()
    if not (state / "keys").is_dir():
        print(f"There is no state of Runboard in {state}.")
        return 0
    try:
        with hold(state):
            shutil.rmtree(state)
    except IsHeld as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Removed {state}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
