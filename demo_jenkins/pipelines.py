"""Pipeline builds: steps of a script, stages, waiting for a node and for input."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import BinaryIO, TypeAlias, TypeVar

from demo_jenkins import reports
from demo_jenkins.configuring import JUnitStep
from demo_jenkins.consoles import note
from demo_jenkins.items import BADNESS, Build
from demo_jenkins.places import Grant, Place
from demo_jenkins.running import Execution, Surroundings, linked_user
from demo_jenkins.scripts import MalformedScript, Step, Text, parse_script
from demo_jenkins.stages import FlowNode, PendingInput, Stage

Lease: TypeAlias = Callable[[Build, str | None], AbstractAsyncContextManager[Grant]]
T = TypeVar("T")

FIRST_NODE_ID = 2  # 1 is the start of the flow


class StepFailed(Exception):
    """A step ended the build, or the catchError block around it."""

    def __init__(self, message: str, result: str = "FAILURE") -> None:
        super().__init__(message)
        self.result = result


class PipelineExecution(Execution):
    """Walks through the steps of a Pipeline build."""

    def __init__(self, build: Build, surroundings: Surroundings, lease: Lease) -> None:
        super().__init__(build, surroundings)
        self._lease = lease
        self._stopping = asyncio.Event()
        self._place: Place | None = None
        self._next_id = FIRST_NODE_ID

    def stop_steps(self) -> None:
        """TERM only: what ignores it goes on, until it is terminated or killed."""
        self._stopping.set()
        self.shell.stop(kills_later=False)

    def announce(self, line: list[str], log: BinaryIO) -> None:
        """A Pipeline's sh step does not name its command line."""

    async def run_steps(self, log: BinaryIO) -> None:
        """Run the script; what ends it early decides the result."""
        self._mark(log, "Start of Pipeline")
        problem = ""
        try:
            await self._run_all(parse_script(self.build.job.config.script or ""), log)
        except MalformedScript as error:
            problem = f"org.codehaus.groovy.control.MultipleCompilationErrorsException: {error}\n"
            self.build.worsen("FAILURE")
        except StepFailed as error:
            problem = f"ERROR: {error}\n" if str(error) else ""
            self.build.worsen(error.result)
        self._mark(log, "End of Pipeline")
        if self.aborted_by is not None:
            self.write(log, "Aborted by ", linked_user(self.aborted_by), "\n")
        self.write(log, problem)

    async def _run_all(self, steps: list[Step], log: BinaryIO) -> None:
        for step in steps:
            self._check_aborted()
            await self._run_step(step, log)
            self._check_aborted()

    async def _run_step(self, step: Step, log: BinaryIO) -> None:
        run = _STEPS.get(step.name)
        if run is None:
            raise StepFailed(f"No such DSL method '{step.name}' found among steps")
        if not step.name.startswith("currentBuild."):
            self._mark(log, step.name)
        await run(self, step, log)

    async def _run_body(self, step: Step, log: BinaryIO, title: str = "") -> None:
        self._mark(log, f"{{ ({title})" if title else "{")
        try:
            await self._run_all(step.body or [], log)
        finally:
            self._mark(log, "}")
            self._mark(log, f"// {step.name}")

    async def _stage(self, step: Step, log: BinaryIO) -> None:
        now_ms = self.surroundings.clock.now_ms
        stage = Stage(self._new_id(), self._argument(step, "name"), now_ms())
        self.build.stages.append(stage)
        try:
            await self._run_body(step, log, stage.name)
            stage.end(now_ms(), "SUCCESS" if stage.result is None else stage.result)
        except StepFailed as error:
            stage.end(now_ms(), error.result, str(error))
            raise

    async def _node(self, step: Step, log: BinaryIO) -> None:
        async with self._lease(self.build, self._argument(step, "label") or None) as grant:
            place = await self._unless_aborted(grant.place)
            if place is None:
                raise StepFailed("Queue item was cancelled", "ABORTED")
            self.write(log, f"Running on {place.node} in {place.workspace}\n")
            outer, self._place = self._place, place
            try:
                await self._run_body(step, log)
            finally:
                self._place = outer

    async def _sh(self, step: Step, log: BinaryIO) -> None:
        place = self._needed_place()
        clock, build = self.surroundings.clock, self.build
        node = FlowNode(self._new_id(), "Shell Script", self._argument(step, "script"))
        node.start_ms, node.log_start = clock.now_ms(), log.tell()
        if build.stages:
            build.stages[-1].nodes.append(node)
        status = await self.run_command(node.parameters, place, log)
        node.log_end = log.seek(0, 2)
        self._check_aborted(node)
        node.end(clock.now_ms(), "SUCCESS" if status == 0 else "FAILURE")
        if status:
            raise StepFailed(f"script returned exit code {status}")

    async def _echo(self, step: Step, log: BinaryIO) -> None:
        self.write(log, f"{self._argument(step, 'message')}\n")

    async def _sleep(self, step: Step, log: BinaryIO) -> None:
        await self._unless_aborted(asyncio.sleep(float(self._argument(step, "time"))))

    async def _error(self, step: Step, log: BinaryIO) -> None:
        raise StepFailed(self._argument(step, "message"))

    async def _unstable(self, step: Step, log: BinaryIO) -> None:
        self.write(log, f"WARNING: {self._argument(step, 'message')}\n")
        self._worsen("UNSTABLE")

    async def _catch_error(self, step: Step, log: BinaryIO) -> None:
        try:
            await self._run_body(step, log)
        except StepFailed as error:
            if error.result == "ABORTED":
                raise
            self.write(log, f"ERROR: {error}\n")
            result = self._argument(step, "buildResult") or "FAILURE"
            self._worsen(result)

    async def _junit(self, step: Step, log: BinaryIO) -> None:
        self.write(log, "Recording test results\n")
        pattern = self._argument(step, "testResults")
        try:
            await self.record_tests(JUnitStep(pattern), self._needed_place().workspace)
        except reports.NoReport as problem:
            raise StepFailed(str(problem)) from problem
        if self.build.tests and self.build.tests.failed:
            self._worsen("UNSTABLE")

    async def _archive(self, step: Step, log: BinaryIO) -> None:
        self.write(log, "Archiving artifacts\n")
        pattern = self._argument(step, "artifacts")
        if self.archive(pattern, self._needed_place().workspace) == 0:
            raise StepFailed(f'No artifacts found that match the file pattern "{pattern}"')

    async def _input(self, step: Step, log: BinaryIO) -> None:
        message = self._argument(step, "message")
        name = self._argument(step, "id") or hashlib.sha256(message.encode()).hexdigest()
        ok = self._argument(step, "ok") or "Proceed"
        pending = PendingInput(name[:1].upper() + name[1:], message, ok)
        self.build.inputs.append(pending)
        self.write(log, f"{message}\n{ok} or Abort\n")
        stage = self.build.stages[-1] if self.build.stages else None
        now_ms = self.surroundings.clock.now_ms
        begun_ms = now_ms()
        try:
            who, is_approved = await self._unless_aborted(pending.answer())
        finally:
            pending.is_settled = True
            if stage:
                stage.pause_ms += now_ms() - begun_ms
        if not is_approved:
            self.write(log, "Rejected by ", linked_user(who), "\n")
            raise StepFailed("", "ABORTED")
        self.write(log, "Approved by ", linked_user(who), "\n")

    async def _set_result(self, step: Step, log: BinaryIO) -> None:
        result = self._argument(step, "result")
        if result not in BADNESS:
            raise StepFailed(f"no such result: {result}")
        self.build.worsen(result)

    async def _set_description(self, step: Step, log: BinaryIO) -> None:
        self.build.description = self._argument(step, "description")

    def _argument(self, step: Step, name: str) -> str:
        """A named argument, else the positional one of a step that takes one."""
        text = step.arguments.get(name)
        if text is None and name not in ("id", "ok", "buildResult"):
            text = step.arguments.get("")
        return self._filled_in(text) if text else ""

    def _filled_in(self, text: Text) -> str:
        if not text.has_variables:
            return text.value
        values = {value.name: value.as_text for value in self.build.parameters}
        values["BUILD_NUMBER"] = str(self.build.number)
        return re.sub(
            r"\$\{(?:params\.|env\.)?(\w+)\}", lambda m: values.get(m[1], "null"), text.value
        )

    def _worsen(self, result: str) -> None:
        self.build.worsen(result)
        if self.build.stages and self.build.stages[-1].end_ms is None:
            self.build.stages[-1].result = result

    def _needed_place(self) -> Place:
        if self._place is None:
            raise StepFailed("Required context class hudson.FilePath is missing")
        return self._place

    def _new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def _check_aborted(self, node: FlowNode | None = None) -> None:
        if self.aborted_by is not None:
            if node:
                node.end(self.surroundings.clock.now_ms(), "ABORTED")
            raise StepFailed("", "ABORTED")

    async def _unless_aborted(self, waiting: Awaitable[T]) -> T:
        """Wait for something; when the build is aborted meanwhile, give up."""
        wanted = asyncio.ensure_future(waiting)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({wanted, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not wanted.done():
                raise StepFailed("", "ABORTED")
            return wanted.result()
        finally:
            wanted.cancel()
            stopping.cancel()

    def _mark(self, log: BinaryIO, text: str) -> None:
        self.write(log, note(f"pipeline:{self._next_id}"), f"[Pipeline] {text}\n")


_STEPS = {
    "stage": PipelineExecution._stage,
    "node": PipelineExecution._node,
    "sh": PipelineExecution._sh,
    "echo": PipelineExecution._echo,
    "sleep": PipelineExecution._sleep,
    "error": PipelineExecution._error,
    "unstable": PipelineExecution._unstable,
    "catchError": PipelineExecution._catch_error,
    "junit": PipelineExecution._junit,
    "archiveArtifacts": PipelineExecution._archive,
    "input": PipelineExecution._input,
    "currentBuild.result": PipelineExecution._set_result,
    "currentBuild.description": PipelineExecution._set_description,
}
