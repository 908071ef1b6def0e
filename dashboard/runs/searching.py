"""What the search in the header finds: a run, a plan, a job, or a build by its Jenkins address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from dashboard.controllers.addresses import path_below
from dashboard.controllers.connecting import explain
from dashboard.controllers.models import Controller, Job
from dashboard.controllers.waiting import ask_now
from dashboard.people.models import User
from dashboard.runs.last_builds import read_last_builds, stored_build
from dashboard.runs.models import Run
from dashboard.runs.querying import RunQuerySet
from jenkins_api import JenkinsError
from jenkins_api.paths import split_job_url

SHOWN = 20
RUN = re.compile(r"(?:run\s*)?#?\s*([0-9]{1,9})", re.IGNORECASE)
PERMALINK = re.compile(r"last(|Completed|Stable|Successful|Unstable|Failed|Unsuccessful)Build")
BUILD = re.compile(r"(?P<job>.+)#(?P<number>[0-9]{1,9})")


@dataclass(frozen=True)
class Found:
    """Where to go; or plans and jobs to choose from (``number`` is the build), or why nothing."""

    address: str = ""
    plans: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    number: int | None = None
    why_not: str = ""


ELSEWHERE = Found(why_not="No connected controller has this address.")


def find(user: User, text: str, on: int | None = None) -> Found:
    """The one thing that ``text`` names, else what comes near.

    ``on`` is the id of the controller on whose page somebody asks.
    """
    if re.match(r"https?://", text, re.IGNORECASE):
        return _by_address(user, text, on)
    runs = Run.objects.visible_to(user)
    if (run := RUN.fullmatch(text)) and runs.filter(pk=run[1]).exists():
        return Found(reverse("runs:run", args=[run[1]]))
    found = _by_name(user, runs, text) if text else Found()
    if found != Found():
        return found
    # Address bars copy it without a scheme; but a plan may be called smoke:12
    by_address = _by_address(user, f"http://{text.removeprefix('//')}", on)
    return found if by_address == ELSEWHERE and "/job/" not in text else by_address


def _by_name(user: User, runs: RunQuerySet, text: str) -> Found:
    """The plan or the job that is called just so, where no other thing can be meant."""
    plans = _plans(runs, text)
    name, number = text, None
    if build := BUILD.fullmatch(text):
        name, number = build["job"].strip(), int(build["number"])
    jobs = _jobs(user, name)
    same_plans = [plan for plan in plans if plan.casefold() == text.casefold()]
    same_plans = [text] if text in plans else same_plans
    same_jobs = [job for job in jobs if name in (job.full_name, job.name)]
    if len(same_plans) == 1 and not jobs:
        return Found(f"{reverse('history:list')}?{urlencode({'plan': same_plans[0]})}")
    if len(same_jobs) == 1 and not plans:
        return Found(_address_of(same_jobs[0], number))
    return Found(plans=plans, jobs=jobs, number=number if jobs else None)


def _plans(runs: RunQuerySet, text: str) -> list[str]:
    """Plans with ``text`` in their name, in any case; those of just this name first."""
    near = [name for name in runs.names_of_plans() if text.casefold() in name.casefold()]
    if text not in near and runs.filter(plan=text).exists():  # it ran longer ago
        near.append(text)
    return sorted(near, key=lambda name: name.casefold() != text.casefold())[:SHOWN]


def _jobs(user: User, name: str) -> list[Job]:
    """Jobs with ``name`` in theirs; those of just this name first."""
    jobs = Job.objects.visible_to(user).select_related("controller")
    # Asked for alone: many may come near before the one that has just this name
    called_so = jobs.filter(Q(full_name=name) | Q(full_name__endswith=f"/{name}"))
    same = [job for job in called_so[:SHOWN] if name in (job.full_name, job.name)]
    near = jobs.filter(full_name__icontains=name).exclude(pk__in=[job.pk for job in same])
    return [*same, *near[: SHOWN - len(same)]]


def _address_of(job: Job, number: int | None) -> str:
    if number is None:
        return reverse("launching:job", args=[job.pk])
    return reverse("launching:build", args=[job.pk, number])


def _by_address(user: User, url: str, on: int | None) -> Found:
    """A job, a build or a folder of a connected controller; pages below lead to them too."""
    of_host = [
        (controller, rest)
        for controller in Controller.objects.visible_to(user)
        if (rest := path_below(url, controller.url)) is not None
    ]
    if not of_host:
        return ELSEWHERE
    whole = path = min((rest for _, rest in of_host), key=len)  # below the longest prefix
    # One Jenkins may be connected with several accounts
    controllers = [controller for controller, rest in of_host if rest == whole]
    if not whole:
        return Found(reverse("controllers:controller", args=[controllers[0].pk]))
    while path and split_job_url(path) is None:
        path = path.rstrip("/").rpartition("/")[0]
    found = split_job_url(path)
    if found is None:
        return Found(why_not=f"This is a page of {controllers[0]}, but not of a job or a build.")
    full_name, number = found
    jobs = Job.objects.filter(controller__in=controllers, full_name=full_name)
    known = sorted(jobs.select_related("controller"), key=lambda job: job.controller_id != on)
    if not known:
        return _by_folder(controllers, full_name)
    below = whole.removeprefix(path).strip("/").partition("/")[0]
    if number is None and (permalink := PERMALINK.fullmatch(below)):
        return _by_permalink(known, permalink)
    return Found(_address_of(_of_a_run(known, number), number))


def _by_folder(controllers: list[Controller], name: str) -> Found:
    """The list of the jobs below a folder, which is known by their names alone."""
    below = Job.objects.filter(controller__in=controllers, full_name__startswith=f"{name}/")
    if below.exists():
        return Found(f"{reverse('launching:jobs')}?{urlencode({'q': f'{name}/'})}")
    return Found(why_not=f"Runboard knows no job {name} on {controllers[0]}.")


def _of_a_run(jobs: list[Job], number: int | None) -> Job:
    """Of one job that several accounts know, the one whose build ``number`` is a run of ours."""
    runs = Run.objects.filter(job__in=jobs, build_number=number) if number else Run.objects.none()
    launched_by = set(runs.values_list("job_id", flat=True))
    return next((job for job in jobs if job.pk in launched_by), jobs[0])


def _by_permalink(jobs: list[Job], permalink: re.Match[str]) -> Found:
    """The build that ``lastFailedBuild`` and the like stand for; waits for the controller.

    Where that does not answer, the one they stood for when somebody looked at the job last.
    """
    job, trouble = jobs[0], ""
    try:
        with ask_now(job.controller) as jenkins:
            read_last_builds(job, jenkins)
    except JenkinsError as error:
        trouble = explain(error)
    job.refresh_from_db()
    if build := stored_build(job, permalink[1].lower() or "last"):
        return Found(_address_of(_of_a_run(jobs, build.number), build.number))
    if trouble := trouble or job.builds_trouble:
        return Found(why_not=f"Nobody can tell the {permalink[0]} of {job} just now: {trouble}")
    return Found(why_not=f"{job} has no {permalink[0]} yet.")
