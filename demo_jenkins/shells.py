"""One shell command at a time, as a process group that can be stopped as a whole."""

import asyncio
import contextlib
import os
import secrets
import shlex
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from demo_jenkins.files import write_atomically

GRACE_S = 1.0  # between TERM and KILL
LEFT_OVER_CHECK_S = 0.05


class CannotStart(Exception):
    """The system refuses to start the command: a parameter is too long or holds a NUL."""


class Shell:
    """Runs commands, until somebody stops it."""

    def __init__(self) -> None:
        self.is_stopped = False
        self._process: Process | None = None

    async def run(
        self, line: list[str], *, folder: Path, environment: dict[str, str], log: BinaryIO
    ) -> int:
        """The exit status of a command; whatever it leaves running is ended, too."""
        try:
            process = await asyncio.create_subprocess_exec(
                *line,
                cwd=folder,
                env=environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotStart(f"error={error.errno}, {error.strerror}") from error
        except ValueError as error:
            raise CannotStart(str(error)) from error
        self._process = process
        if self.is_stopped:  # while it was being started
            self.stop()
        try:
            status = await process.wait()
            if self.is_stopped:
                await _grace(process.pid)
            return status
        finally:
            _signal_group(process.pid, signal.SIGKILL)
            self._process = None

    def stop(self, *, kills_later: bool = True) -> None:
        """TERM to the process group now, and KILL a little later unless told otherwise."""
        self.is_stopped = True
        if self._process:
            _signal_group(self._process.pid, signal.SIGTERM)
            if kills_later:
                asyncio.get_running_loop().call_later(GRACE_S, self.kill)

    def kill(self) -> None:
        """End the processes at once."""
        self.is_stopped = True
        if self._process:
            _signal_group(self._process.pid, signal.SIGKILL)


@contextlib.contextmanager
def script_file(folder: Path, command: str) -> Iterator[list[str]]:
    """A command written to a file, as the command line that runs it (hudson.tasks.Shell)."""
    script = folder / f"jenkins{secrets.randbits(60)}.sh"
    write_atomically(script, command.encode())
    interpreter = ["/bin/sh", "-xe"]
    if command.startswith("#!"):
        interpreter = shlex.split(command.splitlines()[0][2:])
    try:
        yield [*interpreter, str(script)]
    finally:
        script.unlink()


def _signal_group(process_group: int, number: int) -> bool:
    """Send a signal; say whether anybody was there to get it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_group, number)
        return True
    return False


async def _grace(process_group: int) -> None:
    """Give what is left of a stopped group until KILL to end by itself."""
    loop = asyncio.get_running_loop()
    until = loop.time() + GRACE_S
    while loop.time() < until and _signal_group(process_group, 0):
        await asyncio.sleep(LEFT_OVER_CHECK_S)
