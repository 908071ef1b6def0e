"""Asking for builds."""

from __future__ import annotations

from collections.abc import Mapping

from jenkins_api.calls.base import Calls
from jenkins_api.failures import unexpected_answer
from jenkins_api.paths import job_path, queue_id_from_location
from jenkins_api.records import QueueItemRef


class LaunchCalls(Calls):
    """Calls that queue a build."""

    def start_build(
        self, job: str, parameters: Mapping[str, str] | None = None, *, delay_s: int | None = 0
    ) -> QueueItemRef:
        """Ask for a build, once. ``parameters`` is None for a plain job, else a mapping.

        201 is a queue item; 303 means that an equal one was waiting and ours was folded into
        it. Parameters go in the body, since an address may be cut at 8 KiB. ``delay_s`` None
        keeps Jenkins's quiet period. Source: ParameterizedJobMixIn, ParametersDefinitionProperty.

        UnexpectedAnswer: 404 no such job, 409 disabled, 400 plain or parameterized after all,
        500 a value that is no choice. **Its status 201 or 303 means that the build was taken**
        but the answer does not say which queue item it is.
        """
        action = "build" if parameters is None else "buildWithParameters"
        query = None if delay_s is None else {"delay": f"{delay_s:d}sec"}  # a bare number is ms
        answer = self._transport.post(
            f"{job_path(job)}/{action}", query, parameters, expect=(201, 303)
        )
        queue_id = queue_id_from_location(answer.headers.get("Location", ""))
        if queue_id is not None:
            return QueueItemRef(queue_id, created=answer.status == 201, status=answer.status)
        if answer.status == 303:
            raise unexpected_answer(answer.status, answer.headers, answer.body, answer.url)
        raise answer.unexpected("its Location names no queue item")
