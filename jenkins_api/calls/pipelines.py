"""Pipelines: stages, and the questions that they wait with."""

from __future__ import annotations

from jenkins_api.calls.base import Calls
from jenkins_api.paths import build_path
from jenkins_api.reading.pipelines import pending_inputs, stages
from jenkins_api.records import PendingInput, Stage


class PipelineCalls(Calls):
    """Calls about Pipeline runs; None where the build is none or the plugin is missing (404)."""

    def stages(self, job: str, number: int) -> tuple[Stage, ...] | None:
        """The stages of a run with status and times."""
        path = f"{build_path(job, number)}/wfapi/describe"
        answer = self._transport.get(path, expect=(200, 404))
        return None if answer.status == 404 else answer.read_json(stages)

    def pending_inputs(self, job: str, number: int) -> tuple[PendingInput, ...] | None:
        """The questions that a run waits with; the page to answer them is ``{run}/input/``."""
        path = f"{build_path(job, number)}/wfapi/pendingInputActions"
        answer = self._transport.get(path, expect=(200, 404))
        return None if answer.status == 404 else answer.read_json(pending_inputs)
