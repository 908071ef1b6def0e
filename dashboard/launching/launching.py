"""From a filled form to a committed run: what happens before Jenkins hears of it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from dashboard.controllers.models import Job
from dashboard.people.models import User
from dashboard.runs.comparing import asked_parameters
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState
from dashboard.shared import secrets
from dashboard.shared.nudging import nudge


class KeyUsed(PermissionDenied):
    """A key that launched ``run`` came again with another job or other values."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"Run {run.pk} was launched with this key, but not with the same values.")
        self.run = run


def why_not_launch(job: Job, person: User) -> str:
    """Why this person cannot launch ``job`` now, in a sentence; "" where they can.

    Without a query for each job: who switched one off is told beside it.
    """
    if why := job.why_not_launchable or person.why_not_launch:
        return why
    controller = job.controller
    if not controller.why_not_build or job.trigger_token_encrypted:
        return ""
    prefetch_related_objects([person], "accesses")  # once for all jobs of a page
    is_own = any(access.controller_id == controller.pk for access in person.accesses.all())
    return "" if is_own else controller.why_not_build


def launch_run(
    *,
    job: Job,
    owner: User,
    key: UUID,
    parameters: dict[str, str] | None,
    secret_values: dict[str, str] | None = None,
    again_of: Run | None = None,
) -> Run:
    """Commit a run as accepted and nudge a worker; the same ``key`` leads to the same run.

    ``parameters`` is None for a plain job; booleans are "true" and "false". Passwords come in
    ``secret_values`` and are kept, encrypted, only until Jenkins took or refused the launch.
    Raises PermissionDenied where the key is somebody else's, KeyUsed where it launched anything
    else. Passwords cannot be compared: only which of them were sent.
    """
    try:
        with transaction.atomic():
            run = _accept(job, owner, key, parameters, again_of)
            if secret_values:
                encrypted = secrets.encrypt(json.dumps(secret_values))
                RunSecrets.objects.create(run=run, values_encrypted=encrypted)
                run.secret_names = sorted(secret_values)
                run.save(update_fields=["secret_names"])
            nudge("launching.submit_run", run.pk)
    except IntegrityError:  # this form was sent before
        run = Run.objects.get(uuid=key)
        if run.owner_id != owner.pk:
            raise PermissionDenied("This form belongs to somebody else's run.") from None
        sent = (run.job_id, asked_parameters(run), run.secret_names)
        if sent != (job.pk, parameters or {}, sorted(secret_values or {})):
            raise KeyUsed(run) from None
    return run


def _accept(
    job: Job, owner: User, key: UUID, parameters: dict[str, str] | None, again_of: Run | None
) -> Run:
    controller = job.controller
    if parameters is not None:
        parameters = parameters | _signature(job, owner, key)
    plan = (parameters or {}).get(controller.plan_parameter, "")
    now = timezone.now()
    run = Run.objects.create(
        uuid=key,
        controller=controller,
        job=job,
        owner=owner,
        again_of=again_of,
        parameters=parameters,
        plan=plan[:500],
        reruns=_whole_number((parameters or {}).get(controller.reruns_parameter)),
        due_at=now,
        not_after=now + timedelta(seconds=settings.NOT_AFTER_S),
    )
    why = f"{owner} launched it" + (f" again, after run {again_of.pk}." if again_of else ".")
    run.events.create(old="", new=RunState.ACCEPTED, why=why, who=owner)
    run.controller_news()
    return run


def _signature(job: Job, owner: User, key: UUID) -> dict[str, str]:
    """Our marker and the person's name, where the job defines parameters for them."""
    defined = {parameter["name"] for parameter in job.parameters}
    ours = {
        job.controller.marker_parameter: str(key),
        job.controller.person_parameter: owner.username,
    }
    return {name: value for name, value in ours.items() if name in defined}


def _whole_number(text: str | None) -> int | None:
    """The rerun parameter as a number; None where it is none, or beyond any sense."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
