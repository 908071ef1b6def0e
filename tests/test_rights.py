"""Every address, for everybody: what a GET and a POST by each role, or signed out, is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from dashboard.controllers.models import Access
from dashboard.people.models import Role
from dashboard.runs.states import RunState
from tests.factories import make_controller, make_job, make_run, make_user, signed_in

pytestmark = pytest.mark.django_db


class Answers(NamedTuple):
    """Statuses signed out, and for a viewer, a tester, a lead and an admin."""

    get: str
    post: str
    about: str = ""  # which object the address is of


EVERYBODY = "302 200 200 200 200"
NOBODY = "302 405 405 405 405"
PAGE = Answers(EVERYBODY, NOBODY)
JOB_PAGE = Answers(EVERYBODY, NOBODY, "job")
RUN_PAGE = Answers(EVERYBODY, NOBODY, "run")
RUN_PART = Answers("302 302 302 302 302", NOBODY, "run")  # opened alone it leads to its page
CONTROLLER_PAGE = Answers(EVERYBODY, NOBODY, "controller")
FORM = "302 403 422 422 422"  # nothing filled in
ACT = "302 403 303 303 303"
OTHERS = "302 302 302 302 302"  # one's own only: it is said that there is none
ADMINS = "302 403 403 403 200"

SIGNED_OUT = {"favicon", "people:sign_in"}  # what those may see who are not signed in

EXPECTED = {
    "favicon": Answers("302 302 302 302 302", "302 302 302 302 302"),
    "runs:board": PAGE,
    "runs:board_list": PAGE,
    "runs:search": PAGE,
    "runs:run": RUN_PAGE,
    "runs:header": RUN_PART,
    "runs:console": RUN_PART,
    "runs:console_window": RUN_PART,
    "runs:console_text": RUN_PAGE,
    "runs:tests": RUN_PAGE,
    "runs:parameters": RUN_PAGE,
    "runs:timeline": RUN_PAGE,
    "runs:keep": Answers(NOBODY, "302 403 302 302 302", "waiting run"),
    "runs:abort": Answers("302 403 200 200 200", "302 403 302 302 302", "run"),
    "launching:jobs": PAGE,
    "launching:job": JOB_PAGE,
    "launching:job_news": Answers("302 302 302 302 302", NOBODY, "job"),
    "launching:open_build": Answers("302 302 302 302 302", NOBODY, "job"),
    "launching:build": Answers("302 302 302 302 302", NOBODY, "build"),
    "launching:build_console_text": Answers("302 502 502 502 502", NOBODY, "build"),
    "launching:switch": Answers(ADMINS, "302 403 403 403 422", "job"),
    "launching:job_settings": Answers(ADMINS, "302 403 403 403 422", "job"),
    "launching:launch": Answers(EVERYBODY, FORM, "job"),
    "launching:suggest": PAGE,
    "launching:suggest_of_job": JOB_PAGE,
    "launching:by_plan": Answers("302 302 302 302 302", NOBODY),
    "launching:again_form": Answers(EVERYBODY, FORM, "run"),
    "launching:again": Answers(NOBODY, ACT, "run"),
    "launching:settle_adopt": Answers(NOBODY, ACT, "unknown run"),
    "launching:settle_send": Answers(NOBODY, ACT, "unknown run"),
    "launching:settle_give_up": Answers(NOBODY, ACT, "unknown run"),
    "controllers:list": PAGE,
    "controllers:lamps": PAGE,
    "controllers:controller": CONTROLLER_PAGE,
    "controllers:connect": Answers(ADMINS, "302 403 403 403 422"),
    "controllers:change": Answers(ADMINS, "302 403 403 403 422", "controller"),
    "controllers:disconnect": Answers(ADMINS, "302 403 403 403 302", "controller"),
    "controllers:check": Answers(NOBODY, ACT, "controller"),
    "controllers:read_jobs": Answers(NOBODY, "302 403 403 403 303", "controller"),
    "controllers:profile": PAGE,
    "controllers:give_access": Answers("302 403 302 302 302", FORM, "controller"),
    "controllers:try_access": Answers(NOBODY, OTHERS, "somebody's access"),
    "controllers:drop_access": Answers(NOBODY, OTHERS, "somebody's access"),
    "history:list": PAGE,
    "people:sign_in": Answers("200 302 302 302 302", "200 302 302 302 302"),
    "people:sign_out": Answers(NOBODY, "302 302 302 302 302"),
}


def named_patterns(patterns: list, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from named_patterns(pattern.url_patterns, namespace + inner)


ADDRESSES = dict(named_patterns(get_resolver().url_patterns))


def path_of(name: str, number: int | None = None) -> str:
    """The address with the number of an object that exists, unless one is given."""
    make = {
        "job": lambda: make_job().pk,
        "controller": lambda: make_job().controller_id,
        "somebody's access": lambda: make_access().controller_id,
        "run": lambda: make_run().pk,
        "build": make_build,
        "waiting run": lambda: make_run(state=RunState.QUEUED).pk,
        "unknown run": lambda: make_run(state=RunState.UNKNOWN).pk,
    }
    if about := EXPECTED[name].about:
        first, *others = parts if isinstance(parts := make[about](), tuple) else (parts,)
        return reverse(name, args=[first if number is None else number, *others])
    return reverse(name)


def make_build() -> tuple[int, int | None]:
    """A job, and the number of a build of it that is a run."""
    run = make_run()
    return run.job_id, run.build_number


def make_access() -> Access:
    return Access.objects.create(person=make_user(), controller=make_controller(), user="ana")


def everybody() -> list[Client]:
    return [Client(), *(signed_in(role) for role in Role)]


def test_every_address_is_in_the_table() -> None:
    assert set(ADDRESSES) == set(EXPECTED)


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_get_is_answered_by_role(name: str, method: str) -> None:
    answers = [getattr(client, method)(path_of(name)) for client in everybody()]
    assert " ".join(str(answer.status_code) for answer in answers) == EXPECTED[name].get


@pytest.mark.parametrize("name", EXPECTED)
def test_a_post_is_answered_by_role(name: str) -> None:
    statuses = [str(client.post(path_of(name)).status_code) for client in everybody()]
    assert " ".join(statuses) == EXPECTED[name].post


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - SIGNED_OUT))
def test_signed_out_leads_to_sign_in_and_htmx_reloads_its_page(name: str) -> None:
    method = "post" if EXPECTED[name].get == NOBODY else "get"
    path, client = path_of(name), Client()
    answer = getattr(client, method)(path)
    assert answer["Location"].startswith(reverse("people:sign_in"))
    fragment = getattr(client, method)(path, headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Refresh"]) == (403, "true")


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name].about])
def test_a_number_that_nothing_has_is_not_found(name: str) -> None:
    method = "post" if EXPECTED[name].get == NOBODY else "get"
    path = path_of(name, number=987654)
    answer = getattr(signed_in(Role.ADMIN), method)(path, headers={"HX-Request": "true"})
    assert answer.status_code == 404


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name].post != NOBODY])
def test_a_post_without_its_token_is_refused(name: str) -> None:
    client = signed_in(Role.ADMIN)
    client.handler.enforce_csrf_checks = True
    assert client.post(path_of(name)).status_code == 403
