"""The list of jobs, and a job with what it asks for and its recent runs."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.controllers.models import Controller, Job
from dashboard.launching.forms import asked_of_a_person, defines, shape_of
from dashboard.launching.listing import VIEWS, list_jobs
from dashboard.launching.switching import last_switched_off
from dashboard.launching.tiles import tiles_of
from dashboard.launching.views import find_job
from dashboard.runs.last_builds import watch_job
from dashboard.runs.models import Run
from dashboard.shared.asking import asked_number, asked_text
from dashboard.shared.htmx import HtmxHttpRequest, nothing_new, part_of, wants_fragment
from dashboard.shared.paging import KeysetPage, keyset_page

RUNS_PER_PAGE = 25
SWITCHES_SHOWN = 5


@require_safe
def jobs(request: HtmxHttpRequest) -> HttpResponse:
    """Jobs by controller and folder; ``plan`` says which plan a job is looked for."""
    words, view = asked_text(request.GET, "q"), request.GET.get("show", "")
    context = {
        "found": list_jobs(request.user, words=words, view=view, page=request.GET.get("page")),
        "words": words,
        "view": view if view in VIEWS else "",
        "plan": asked_text(request.GET, "plan", strip=False),
        "controllers": Controller.objects.visible_to(request.user),
    }
    return render(request, "launching/jobs.html", context)


@require_safe
@vary_on_headers("HX-Request", "HX-History-Restore-Request")
def job(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """One job: what it asks for, and its runs, newest first; htmx paging gets the runs alone."""
    found = find_job(request, pk)
    if wants_fragment(request):
        context = {"job": found, "page": _runs_of(request, found)}
        return render(request, "launching/job_runs.html", context)
    watch_job(found)
    asked = asked_of_a_person(found)
    context = _what_changes(request, found) | {
        "switches": found.switches.select_related("who")[:SWITCHES_SHOWN],
        "asked": [(ask, shape_of(ask, found.controller)) for ask in asked],
        "names_its_runs": defines(found, found.controller.marker_parameter),
        "signs": defines(found, found.controller.person_parameter),
    }
    return render(request, "launching/job.html", context)


@require_safe
@part_of("launching:job")
def job_news(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """What changes on a job's page, for one that has seen all news up to ``seen``; else 204.

    With ``old`` its tiles were, which may change by their being read alone.
    """
    job = find_job(request, pk)
    watch_job(job)
    if request.GET.get("seen") == _seen(job.controller) and "old" not in request.GET:
        answer = nothing_new()
        if job.builds_read_at:
            heard = {f"job-{job.pk}": job.builds_read_at.isoformat()}
            answer["HX-Trigger"] = json.dumps({"heard": {"at": heard}})
        return answer
    return render(request, "launching/job_news.html", _what_changes(request, job))


def _what_changes(request: HtmxHttpRequest, job: Job) -> dict[str, Any]:
    return {
        "job": job,
        "page": _runs_of(request, job),
        "seen": _seen(job.controller),
        "tiles": tiles_of(job),
        "off": last_switched_off([job]).get(job.pk),
        "key": uuid4(),
        "jenkins_address": job.controller.job_address(job.full_name),
    }


def _seen(controller: Controller) -> str:
    """That it is followed no more, time alone tells."""
    return f"{controller.news}.{controller.unfollowed_since is not None:d}"


def _runs_of(request: HtmxHttpRequest, job: Job) -> KeysetPage[Run]:
    runs = Run.objects.visible_to(request.user).filter(job=job).for_rows()
    return keyset_page(runs, before=asked_number(request.GET, "before"), size=RUNS_PER_PAGE)
