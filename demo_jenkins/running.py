"""One build while it runs: real processes, their console, the steps after them."""

import asyncio
import contextlib
import json
import os
import secrets
import shlex
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from pathlib import Path
from typing import BinaryIO

from demo_jenkins import reports
from demo_jenkins.clock import Clock
from demo_jenkins.configuring import JUnitStep
from demo_jenkins.consoles import note
from demo_jenkins.files import write_atomically
from demo_jenkins.home import Home
from demo_jenkins.items import Build, Cause

ABORT_GRACE_S = 1.0  # between TERM and KILL
PLANS_PATH = Path(__file__).parent / "plans"


class Execution:
    """Runs the steps of one build in a workspace, until they end or somebody aborts it."""

    def __init__(
        self,
        build: Build,
        *,
        home: Home,
        clock: Clock,
        workspace: Path,
        environment: dict[str, str],
    ) -> None:
        self.build = build
        self.workspace = workspace
        self._home = home
        self._clock = clock
        self._environment = environment
        self._process: Process | None = None
        self._aborted_by: str | None = None

    def abort(self, who: str) -> None:
        """Ask the build to end as ABORTED: TERM to its process group now, KILL a little later."""
        if self._aborted_by is None:
            self._aborted_by = who
            if self._process:
                _signal_group(self._process.pid, signal.SIGTERM)
                asyncio.get_running_loop().call_later(ABORT_GRACE_S, self.kill)

    async def run(self) -> None:
        """Run the build to its end and save it."""
        build = self.build
        self.workspace.mkdir(parents=True, exist_ok=True)
        log_path = self._home.log_path(build)
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab", buffering=0) as log:
            _write(log, _started_by(build.causes))
            _write(log, f"Running as SYSTEM\nBuilding in workspace {self.workspace}\n")
            await self._run_commands(log)
            if self._aborted_by is not None:
                build.worsen("ABORTED")
                _write(log, "Build was aborted\nAborted by ", _linked_user(self._aborted_by), "\n")
            if build.job.config.junit:
                await self._record_tests(build.job.config.junit, log)
            build.worsen("SUCCESS")
            _write(log, f"Finished: {build.result}\n")
        build.duration_ms = max(0, self._clock.now_ms() - build.timestamp_ms)
        build.is_building = False
        build.parameters = [value.without_secret() for value in build.parameters]
        self._home.save_build(build)

    def kill(self) -> None:
        """End the processes at once."""
        if self._process:
            _signal_group(self._process.pid, signal.SIGKILL)

    async def _run_commands(self, log: BinaryIO) -> None:
        for command in self.build.job.config.commands:
            if self._aborted_by is None and not await self._run_command(command, log):
                if self._aborted_by is None:
                    _write(log, "Build step 'Execute shell' marked build as failure\n")
                    self.build.worsen("FAILURE")
                return

    async def _run_command(self, command: str, log: BinaryIO) -> bool:
        script = self._home.path / "tmp" / f"jenkins{secrets.randbits(60)}.sh"
        write_atomically(script, command.encode())
        line = [*_interpreter(command), str(script)]
        _write(log, f"[{self.build.job.name}] $ {shlex.join(line)}\n")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *line,
                cwd=self.workspace,
                env=self._environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )
            return await self._wait_for(self._process) == 0
        except (OSError, ValueError) as error:  # a parameter is too long, or holds a NUL
            _write(log, f"FATAL: command execution failed\n{_java_like(error)}\n")
            return False
        finally:
            self._process = None
            script.unlink()

    async def _wait_for(self, process: Process) -> int:
        """The exit status; whatever else is left of the process group is ended, too."""
        status = await process.wait()
        if self._aborted_by is not None:
            await _grace(process.pid)
        _signal_group(process.pid, signal.SIGKILL)
        return status

    async def _record_tests(self, step: JUnitStep, log: BinaryIO) -> None:
        build = self.build
        _write(log, "Recording test results\n")
        try:
            suites = await asyncio.to_thread(reports.collect, step, self.workspace, build)
        except reports.NoReport as problem:
            what = "Step \u2018Publish JUnit test result report\u2019 failed"
            _write(log, f"ERROR: {what}: {problem}\n")
            build.worsen("FAILURE")
            return
        if suites:
            path = self._home.report_path(build)
            write_atomically(path, json.dumps(suites).encode())
            build.tests = reports.count(suites)
            if build.tests.failed:
                build.worsen("UNSTABLE")


def environment(
    build: Build, *, root_url: str, home: Home, workspace: Path, executor: int
) -> dict[str, str]:
    """What a build's processes see: nothing of ours but what Python needs, and its parameters."""
    job = build.job
    own = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home.path),
        "LANG": "C.UTF-8",
        "DEMO_PYTHON": sys.executable,
        "DEMO_PLANS": str(PLANS_PATH),
        "CI": "true",
        "BUILD_ID": str(build.number),
        "BUILD_NUMBER": str(build.number),
        "BUILD_TAG": f"jenkins-{job.full_name.replace('/', '-')}-{build.number}",
        "BUILD_URL": root_url + build.path,
        "EXECUTOR_NUMBER": str(executor),
        "JENKINS_HOME": str(home.path),
        "JENKINS_URL": root_url,
        "JOB_NAME": job.full_name,
        "JOB_BASE_NAME": job.name,
        "JOB_URL": root_url + job.path,
        "NODE_NAME": "built-in",
        "NODE_LABELS": "built-in",
        "WORKSPACE": str(workspace),
    }
    return own | {value.name: value.as_text for value in build.parameters}


def _interpreter(command: str) -> list[str]:
    """The command line before the script: its own ``#!``, else the shell (hudson.tasks.Shell)."""
    if command.startswith("#!"):
        return shlex.split(command.splitlines()[0][2:])
    return ["/bin/sh", "-xe"]


def _started_by(causes: list[Cause]) -> bytes:
    lines = []
    for cause in causes:
        user = cause.get("userId")
        named = b"Started by user " + _linked_user(user) if user else None
        lines.append((named or _bytes(cause["shortDescription"])) + b"\n")
    return b"".join(lines)


def _linked_user(user_id: str) -> bytes:
    return note(f"hyperlink:/user/{user_id}") + _bytes(user_id)


def _write(log: BinaryIO, *texts: str | bytes) -> None:
    log.write(b"".join(text if isinstance(text, bytes) else _bytes(text) for text in texts))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _java_like(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return f"java.io.IOException: error={error.errno}, {error.strerror}"
    return f"java.io.IOException: {error}"


def _signal_group(process_group: int, number: int) -> bool:
    """Send a signal; say whether anybody was there to get it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_group, number)
        return True
    return False


async def _grace(process_group: int) -> None:
    """Give what is left of an aborted group until KILL to end by itself."""
    loop = asyncio.get_running_loop()
    until = loop.time() + ABORT_GRACE_S
    while loop.time() < until and _signal_group(process_group, 0):
        await asyncio.sleep(0.05)
