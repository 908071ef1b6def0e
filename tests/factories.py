"""Rows for tests: plain functions with defaults, each making one thing."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from dashboard.controllers.models import Access, Controller, Job
from dashboard.people.models import Role, User
from dashboard.runs.console import append
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from jenkins_api import ConsoleChunk

PASSWORD = "correct horse battery"  # noqa: S105  of people who exist in tests only
_numbers = count(1)


def make_user(role: Role = Role.TESTER, **fields: Any) -> User:
    """Somebody with ``role``, whose password is PASSWORD."""
    username = fields.pop("username", f"{role.label.lower()}{next(_numbers)}")
    return User.objects.create_user(username, password=PASSWORD, role=role, **fields)


def make_controller(**fields: Any) -> Controller:
    """A connected controller that nothing listens behind, unless ``url`` says where."""
    token = fields.pop("token", "a-token")
    name = fields.pop("name", f"controller-{next(_numbers)}")
    fields = {"url": "http://127.0.0.1:9/", "user": "svc-qa", "version": "2.528.2"} | fields
    controller = Controller(name=name, **fields)
    controller.token = token
    controller.save()
    return controller


def make_access(person: User, controller: Controller, **fields: Any) -> Access:
    """A token that ``person`` gave for a controller; Jenkins knows nothing of it."""
    access = Access(person=person, controller=controller, **{"user": "ana", **fields})
    access.token = f"unknown-token-{next(_numbers)}"
    access.save()
    return access


def make_job(controller: Controller | None = None, **fields: Any) -> Job:
    """A job with a plan and a rerun parameter."""
    fields = {
        "full_name": f"qa/regression-{next(_numbers)}",
        "kind": "hudson.model.FreeStyleProject",
        "parameters": [
            {
                "name": "TestPlanName",
                "kind": "string",
                "description": "",
                "default": "smoke",
                "choices": [],
            },
            {
                "name": "NoOfReruns",
                "kind": "string",
                "description": "",
                "default": "0",
                "choices": [],
            },
        ],
    } | fields
    return Job.objects.create(controller=controller or make_controller(), **fields)


def make_run(job: Job | None = None, owner: User | None = None, **fields: Any) -> Run:
    """A run in ``state`` (running without one), with a build where that state has one."""
    job = job or make_job()
    state = fields.get("state", RunState.RUNNING)
    with_build = state in (RunState.RUNNING, RunState.FINISHED)
    fields = {
        "state": state,
        "plan": "smoke",
        "reruns": 2,
        "parameters": {"TestPlanName": "smoke", "NoOfReruns": "2"},
        "not_after": timezone.now() + timedelta(hours=1),
        "build_number": next(_numbers) if with_build else None,
        "started_at": timezone.now() if with_build else None,
        "sent_as": "svc-qa",
    } | fields
    return Run.objects.create(
        job=job, controller=job.controller, owner=owner or make_user(), **fields
    )


def make_unfollowed_run(**fields: Any) -> Run:
    """A run of a controller that answered a minute ago, and that no worker has asked since."""
    then = timezone.now() - timedelta(minutes=1)
    controller = make_controller(answered_at=then)
    Controller.objects.filter(pk=controller.pk).update(sweep_due_at=then)
    controller.refresh_from_db()
    return make_run(make_job(controller), started_at=then - timedelta(minutes=1), **fields)


def signed_in(role: Role = Role.TESTER, user: User | None = None) -> Client:
    """A browser in which ``user``, or somebody with ``role``, has signed in."""
    client = Client()
    client.force_login(user or make_user(role), "django.contrib.auth.backends.ModelBackend")
    return client


def forget_rendered() -> None:
    """Have the next page rendered as in a process that has rendered nothing yet."""
    for name in ("fragments", "boards"):
        caches[name].clear()


def write_console(run: Run, text: bytes, *, has_more: bool = True) -> None:
    """Store ``text`` as what Jenkins sent next of the console of ``run``."""
    start = run.console_offset
    chunk = ConsoleChunk(text=text, start=start, next_start=start + len(text), has_more=has_more)
    assert append(run, chunk)
    run.refresh_from_db()
