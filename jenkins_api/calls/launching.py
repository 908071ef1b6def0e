"""Asking for builds."""

from __future__ import annotations

from collections.abc import Mapping

from jenkins_api.answers import Answer
from jenkins_api.calls.base import Calls, check_no_page, check_went_back
from jenkins_api.errors import Declined
from jenkins_api.failures import unexpected_answer
from jenkins_api.paths import job_path, queue_id_from_location
from jenkins_api.records import QueueItemRef


class LaunchCalls(Calls):
    """Calls that queue a build."""

    def start_build(
        self,
        job: str,
        parameters: Mapping[str, str] | None = None,
        *,
        delay_s: int | None = 0,
        trigger_token: str = "",
        cause: str = "",
    ) -> QueueItemRef:
        """Ask for a build, once. ``parameters`` is None for a plain job, else a mapping.

        201 is a queue item; 303 means that an equal one was waiting and ours was folded into
        it. Parameters go in the body, since an address may be cut at 8 KiB. ``delay_s`` None
        keeps Jenkins's quiet period, and so does a parameter named delay, as one name must not
        come twice: Jenkins reads its value as a delay, too. Where the job has a trigger token,
        ``trigger_token`` stands for the permission to build, and ``cause`` is told in the build.
        Source: ParameterizedJobMixIn, ParametersDefinitionProperty, BuildAuthorizationToken.

        UnexpectedAnswer: 404 no such job, 409 not buildable, 400 plain or parameterized after all,
        500 a value that is no choice. **Its status 201 or 303 means that the build was taken**
        but the answer does not say which queue item it is. Declined: a plugin refused it.
        ValueError: with a trigger token, no parameter can be named token, nor cause beside a cause.
        """
        ours = _without_empty(token=trigger_token, cause=cause) if trigger_token else {}
        form = _joined(ours, parameters)
        query = {} if "delay" in form else _delay(delay_s)
        path = f"{job_path(job)}/{_action(parameters)}"
        answer = self._transport.post(path, query, form, expect=(201, 302, 303))
        if answer.status == 302:
            check_went_back(answer, job_path(job))
            message = f"302 from {answer.url}: sent back to the job, as where a plugin refuses"
            raise Declined(message, url=answer.url, status=302)
        return _queue_item_ref(answer)

    def start_build_by_token(
        self,
        job: str,
        trigger_token: str,
        parameters: Mapping[str, str] | None = None,
        *,
        delay_s: int | None = 0,
        cause: str = "",
    ) -> QueueItemRef:
        """Ask for a build as nobody, by the job's trigger token alone.

        Needs the plugin Build Authorization Token Root; without ``delay_s`` its quiet period
        is nearly none. UnexpectedAnswer: 404 no such job, or one without a token (or no
        plugin), 400 disabled, or plain or parameterized after all; NotAuthorised: wrong token.
        Source: BuildRootAction.
        """
        delay = {} if "delay" in (parameters or {}) else _delay(delay_s)
        ours = _without_empty(job=job, token=trigger_token, cause=cause) | delay
        form = _joined(ours, parameters)
        path = f"/buildByToken/{_action(parameters)}"
        return _queue_item_ref(self._transport.post_as_nobody(path, form, expect=(201, 303)))

    def poll_scm_by_token(self, job: str, trigger_token: str) -> None:
        """Have the job look for changes; UnexpectedAnswer (400) where it polls nothing."""
        form = {"job": job, "token": trigger_token}
        check_no_page(self._transport.post_as_nobody("/buildByToken/polling", form, expect=(200,)))


def _action(parameters: Mapping[str, str] | None) -> str:
    return "build" if parameters is None else "buildWithParameters"


def _delay(delay_s: int | None) -> dict[str, str]:
    return {} if delay_s is None else {"delay": f"{delay_s:d}sec"}  # a bare number is ms


def _joined(ours: dict[str, str], parameters: Mapping[str, str] | None) -> dict[str, str]:
    """What we send and the job's parameters, in one form; ValueError for one name in both."""
    form = dict(parameters or {})
    if taken := sorted(form.keys() & ours):
        raise ValueError(f"no parameter can be named {' or '.join(taken)} in this call")
    return form | ours


def _without_empty(**fields: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _queue_item_ref(answer: Answer) -> QueueItemRef:
    queue_id = queue_id_from_location(answer.headers.get("Location", ""))
    if queue_id is not None:
        return QueueItemRef(queue_id, answer.status == 201, answer.status, answer.crumb)
    if answer.status == 303:
        raise unexpected_answer(answer.status, answer.headers, answer.body, answer.url)
    raise answer.unexpected("its Location names no queue item")
