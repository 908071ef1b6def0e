"""Any build of a job by its number, launched here or not."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.controllers.connecting import explain
from dashboard.controllers.models import Job
from dashboard.launching.builds import console_pieces, read_build
from dashboard.launching.views import find_job
from dashboard.runs.models import Run
from dashboard.runs.searching import PERMALINK
from dashboard.shared.asking import asked_text
from dashboard.shared.htmx import HtmxHttpRequest
from jenkins_api import JenkinsError, UnexpectedAnswer

BAD_GATEWAY = 502


@require_safe
def open_build(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """From the field on a job's page: a number or lastFailedBuild is one of its builds.

    All else is searched for.
    """
    job, text = find_job(request, pk), asked_text(request.GET, "q").removeprefix("#")
    if text.isascii() and text.isdigit() and len(text) < 10:
        return redirect("launching:build", job.pk, int(text))
    if PERMALINK.fullmatch(text):
        text = job.controller.job_address(job.full_name) + text
    return redirect(f"{reverse('runs:search')}?{urlencode({'q': text, 'on': job.controller_id})}")


@require_safe
def build(request: HtmxHttpRequest, pk: int, number: int) -> HttpResponseBase:
    """A build: the run that it is, else what Jenkins says of it now. Waits for the controller."""
    job = find_job(request, pk)
    if run := _run_of(request, job, number):
        return redirect(run)
    try:
        page = read_build(job, number)
    except JenkinsError as error:
        return _not_read(request, job, number, explain(error), BAD_GATEWAY)
    if page is None:
        return _not_read(request, job, number, f"Jenkins has no build {number} of {job}.", 404)
    context = {"job": job, "number": number, "page": page, "shown": page.shown}
    return render(request, "launching/build.html", context)


@require_safe
def build_console_text(request: HtmxHttpRequest, pk: int, number: int) -> HttpResponseBase:
    """The whole console of a build, passed on as it comes from Jenkins."""
    job = find_job(request, pk)
    pieces = console_pieces(job, number)
    try:
        next(pieces)
    except JenkinsError as error:
        is_missing = isinstance(error, UnexpectedAnswer) and error.status == 404
        return _not_read(request, job, number, explain(error), 404 if is_missing else BAD_GATEWAY)
    return StreamingHttpResponse(
        pieces,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="build-{number}.txt"'},
    )


def _not_read(
    request: HtmxHttpRequest, job: Job, number: int, trouble: str, status: int
) -> HttpResponse:
    context = {"job": job, "number": number, "trouble": trouble}
    return render(request, "launching/build_away.html", context, status=status)


def _run_of(request: HtmxHttpRequest, job: Job, number: int) -> Run | None:
    runs = Run.objects.visible_to(request.user)
    # The newest: a job made again in Jenkins counts from 1 again
    return runs.filter(job=job, build_number=number, joined_to=None).order_by("-pk").first()
