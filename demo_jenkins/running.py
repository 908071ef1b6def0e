"""A build while it runs: its console, what is kept of it, and the steps of a freestyle job."""

import asyncio
import json
import os
import shutil
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from demo_jenkins import reports
from demo_jenkins.clock import Clock
from demo_jenkins.configuring import JUnitStep
from demo_jenkins.consoles import note
from demo_jenkins.files import write_atomically
from demo_jenkins.home import Home
from demo_jenkins.items import Build, Cause
from demo_jenkins.places import Place
from demo_jenkins.shells import CannotStart, Shell, script_file

PLANS_PATH = Path(__file__).parent / "plans"


@dataclass(frozen=True)
class Surroundings:
    """What every build of a controller is given."""

    home: Home
    clock: Clock
    root_url: str


class Execution(ABC):
    """Runs one build to its end, or until somebody aborts it."""

    def __init__(self, build: Build, surroundings: Surroundings) -> None:
        self.build = build
        self.surroundings = surroundings
        self.shell = Shell()
        self.aborted_by: str | None = None
        self.variables: dict[str, str] = {}  # beside the parameters
        self._began_s = time.time()  # not the controller's clock, which may be moved

    def abort(self, who: str) -> None:
        """Ask the build to end as ABORTED."""
        if self.aborted_by is None:
            self.aborted_by = who
            self.stop_steps()

    def kill(self) -> None:
        """End the build's processes at once."""
        self.shell.kill()

    async def run(self) -> None:
        """Run the build to its end and save it."""
        build, home = self.build, self.surroundings.home
        home.build_path(build).mkdir(parents=True, exist_ok=True)
        with home.log_path(build).open("ab", buffering=0) as log:
            self.write(log, _started_by(build.causes))
            await self.run_steps(log)
            build.worsen("SUCCESS")
            self.write(log, f"Finished: {build.result}\n")
        build.duration_ms = max(0, self.surroundings.clock.now_ms() - build.timestamp_ms)
        build.is_building = False
        build.parameters = [value.without_secret() for value in build.parameters]
        home.save_build(build)

    @abstractmethod
    async def run_steps(self, log: BinaryIO) -> None:
        """Do what the job says and set the build's result where it is not SUCCESS."""

    @abstractmethod
    def stop_steps(self) -> None:
        """Make the steps end soon."""

    def write(self, log: BinaryIO, *texts: str | bytes) -> None:
        """Append to the console."""
        log.write(b"".join(text if isinstance(text, bytes) else to_bytes(text) for text in texts))

    async def run_command(self, command: str, place: Place, log: BinaryIO) -> int:
        """The exit status of a shell command; -1 where the system cannot start it."""
        self._prepare(place.workspace)
        with script_file(self.surroundings.home.path / "tmp", command) as line:
            self.announce(line, log)
            try:
                return await self.shell.run(
                    line, folder=place.workspace, environment=self.environment(place), log=log
                )
            except CannotStart as error:
                problem = f"FATAL: command execution failed\njava.io.IOException: {error}\n"
                self.write(log, problem)
                return -1

    def _prepare(self, workspace: Path) -> None:
        """Make the workspace, with uploaded files under the names of their parameters."""
        workspace.mkdir(parents=True, exist_ok=True)
        for value in self.build.parameters:
            if value.content is not None:
                (workspace / value.name).write_bytes(value.content)

    def announce(self, line: list[str], log: BinaryIO) -> None:
        """Say in the console which command line runs."""
        self.write(log, f"[{self.build.job.name}] $ {' '.join(line)}\n")

    async def record_tests(self, step: JUnitStep, workspace: Path, part: str = "") -> None:
        """Read the reports that the build, or a part of it, wrote; NoReport where there are none.

        What parts report is kept side by side, each under its name.
        """
        build = self.build
        suites = await asyncio.to_thread(reports.collect, step, workspace, build, self._began_s)
        if not suites:
            return
        path = self.surroundings.home.report_path(build)
        parts = json.loads(path.read_bytes()) if path.exists() else {}
        reports.tell_ages(suites, build.number, self._reported_before(part))
        parts[part] = suites
        write_atomically(path, json.dumps(parts).encode())
        build.tests = reports.count([suite for each in parts.values() for suite in each])
        if build.tests.failed:
            build.worsen("UNSTABLE")

    def _reported_before(self, part: str) -> list[reports.Record]:
        """What the newest of the builds before this one reported."""
        for earlier in self.build.job.newest_first():
            path = self.surroundings.home.report_path(earlier)
            if earlier.number < self.build.number and path.exists():
                suites: list[reports.Record] = json.loads(path.read_bytes()).get(part, [])
                return suites
        return []

    def archive(self, pattern: str, workspace: Path) -> int:
        """Keep the files that fit; how many there are."""
        archive = self.surroundings.home.archive_path(self.build)
        for source in reports.matching(pattern, workspace):
            path = str(source.relative_to(workspace))
            (archive / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, archive / path)
            self.build.artifacts.append(path)
        return len(self.build.artifacts)

    def environment(self, place: Place) -> dict[str, str]:
        """What the processes see: nothing of ours but what Python needs, and the parameters."""
        build, job = self.build, self.build.job
        root_url, home = self.surroundings.root_url, str(self.surroundings.home.path)
        own = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "LANG": "C.UTF-8",
            "DEMO_PYTHON": sys.executable,
            "DEMO_PLANS": str(PLANS_PATH),
            "CI": "true",
            "BUILD_ID": str(build.number),
            "BUILD_NUMBER": str(build.number),
            "BUILD_TAG": f"jenkins-{job.full_name.replace('/', '-')}-{build.number}",
            "BUILD_URL": root_url + build.path,
            "EXECUTOR_NUMBER": str(place.executor),
            "JENKINS_HOME": home,
            "JENKINS_URL": root_url,
            "JOB_NAME": job.full_name,
            "JOB_BASE_NAME": job.name,
            "JOB_URL": root_url + job.path,
            "NODE_NAME": place.node,
            "NODE_LABELS": place.node,
            "WORKSPACE": str(place.workspace),
        }
        values = {value.name: value.as_text for value in build.parameters}
        return own | values | self.variables


class FreestyleExecution(Execution):
    """Runs the commands of a freestyle job, then keeps its files and reads its test reports."""

    def __init__(self, build: Build, surroundings: Surroundings, place: Place) -> None:
        super().__init__(build, surroundings)
        self.place = place

    def stop_steps(self) -> None:
        """TERM now, KILL a second later."""
        self.shell.stop()

    async def run_steps(self, log: BinaryIO) -> None:
        """Commands until one fails, then what is to be done whatever happened."""
        workspace = self.place.workspace
        self.write(log, f"Running as SYSTEM\nBuilding in workspace {workspace}\n")
        workspace.mkdir(parents=True, exist_ok=True)
        await self.run_commands(self.place, log)
        if self.aborted_by is not None:
            self.build.worsen("ABORTED")
            who = linked_user(self.aborted_by)
            self.write(log, "Build was aborted\nAborted by ", who, "\n")
        await self.publish(self.place, log)

    async def run_commands(self, place: Place, log: BinaryIO) -> None:
        """The job's commands, until one fails."""
        for command in self.build.job.config.commands:
            if self.aborted_by is not None:
                return
            status = await self.run_command(command, place, log)
            if status == 0:
                continue
            if status == self.build.job.config.unstable_status:
                self.build.worsen("UNSTABLE")
                continue
            if self.aborted_by is None:
                self.write(log, "Build step 'Execute shell' marked build as failure\n")
                self.build.worsen("FAILURE")
            return

    async def publish(self, place: Place, log: BinaryIO, part: str = "") -> None:
        """Keep files and read test reports."""
        config = self.build.job.config
        if config.artifacts:
            self.write(log, "Archiving artifacts\n")
            if self.archive(config.artifacts, place.workspace) == 0 and self.aborted_by is None:
                self.write(log, "ERROR: No artifacts found that match. Configuration error?\n")
                self.build.worsen("FAILURE")
        if config.junit:
            self.write(log, "Recording test results\n")
            try:
                await self.record_tests(config.junit, place.workspace, part)
            except reports.NoReport as problem:
                what = "Step \u2018Publish JUnit test result report\u2019 failed"
                self.write(log, f"ERROR: {what}: {problem}\n")
                self.build.worsen("FAILURE")


class MatrixExecution(FreestyleExecution):
    """Does all that once for each value of the job's axis, one after the other."""

    async def run_commands(self, place: Place, log: BinaryIO) -> None:
        """The commands for every value, each in a folder of its own."""
        axis = self.build.job.config.axis
        for value in axis.values if axis else ():
            self.variables = {axis.name: value} if axis else {}
            workspace = self.place.workspace / value
            part = Place(workspace, place.executor, place.node)
            self.write(log, f"Triggering {self.build.job.name} \u00bb {value}\n")
            await super().run_commands(part, log)
            await super().publish(part, log, f"{axis.name if axis else ''}={value}")

    async def publish(self, place: Place, log: BinaryIO, part: str = "") -> None:
        """Each value has done so already."""


def linked_user(user_id: str) -> bytes:
    """A user's name in a console, linked by a note."""
    return note(f"hyperlink:/user/{user_id}") + to_bytes(user_id)


def to_bytes(text: str) -> bytes:
    """Text as a console has it."""
    return text.encode("utf-8", "replace")


def _started_by(causes: list[Cause]) -> bytes:
    lines = []
    for cause in causes:
        user = cause.get("userId")
        named = b"Started by user " + linked_user(user) if user else None
        lines.append((named or to_bytes(str(cause["shortDescription"]))) + b"\n")
    return b"".join(lines)
