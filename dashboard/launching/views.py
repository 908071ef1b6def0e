"""The launch form of a job, and the way to it from a plan's name."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.controllers.models import Job
from dashboard.launching.forms import SENT, ParametersForm, defines, read_key
from dashboard.launching.launching import KeyUsed, launch_run
from dashboard.launching.listing import jobs_near
from dashboard.launching.remembering import KnownPlan, last_runs, plans_run_before, usual_time
from dashboard.launching.switching import last_switched_off
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.runs.comparing import asked_parameters
from dashboard.runs.models import Run
from dashboard.shared.asking import asked_text
from dashboard.shared.htmx import CONFLICT, INVALID, HtmxHttpRequest, see_other

SENT_BEFORE = (
    "This form was sent before, as run {run}; what you changed is not launched yet. "
    "Press Launch to launch it as a new run."
)
NO_KEY = (
    "This page had lost the key that keeps two clicks from becoming two runs. "
    "It has a new one: press Launch again."
)


@require_http_methods(["GET", "HEAD", "POST"])
def launch(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """The form of a job, prefilled from the query string; a POST launches."""
    job = find_job(request, pk)
    if request.method == "POST":
        return take_launch(request, job)
    form = ParametersForm(job, values=request.GET.dict())
    return show_form(request, job, form)


@role_required(Role.TESTER)
def take_launch(request: HtmxHttpRequest, job: Job, again_of: Run | None = None) -> HttpResponse:
    """Launch what a form holds and go to its run, or show the form with what is wrong."""
    key = read_key(request.POST.get("key"))
    sent_before = Run.objects.filter(uuid=key, owner=request.user).first() if key else None
    form = ParametersForm(job, data=request.POST)
    if job.why_not_launchable and not sent_before:
        return show_form(request, job, form, again_of, status=CONFLICT)
    if not key or not form.is_valid():
        trouble = "" if key else NO_KEY
        return show_form(request, job, form, again_of, trouble=trouble, status=INVALID)
    try:
        run = launch_run(
            job=job,
            owner=request.user,
            key=key,
            parameters=form.parameters(),
            secret_values=form.secret_values(),
            again_of=again_of,
        )
    except KeyUsed as used:
        trouble = SENT_BEFORE.format(run=used.run.pk)
        return show_form(request, job, form, again_of, trouble=trouble, status=INVALID)
    return see_other(run)


def show_form(
    request: HtmxHttpRequest,
    job: Job,
    form: ParametersForm,
    again_of: Run | None = None,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The launch page of ``job``; beside each field what it was in ``again_of``.

    ``trouble`` says what is wrong with its key: then it gets a new one.
    """
    old = asked_parameters(again_of) if again_of else {}
    had = old | dict.fromkeys(again_of.secret_names, SENT) if again_of else None
    controller, runs = job.controller, last_runs(request.user, [job])[job.pk]
    context = {
        "job": job,
        "form": form,
        "rows": list(form.rows(had)),
        "again_of": again_of,
        "no_longer_asked": [name for name in old if name not in form.fields],
        "key": (not trouble and read_key(request.POST.get("key"))) or uuid4(),
        "trouble": trouble,
        "off": last_switched_off([job]).get(job.pk),
        "runs": runs,
        "usual": usual_time(runs),
        "signs": defines(job, controller.person_parameter),
        "free": max(0, controller.executors_total - controller.executors_busy),
        "reruns_max": settings.RERUNS_MAX,
    }
    return render(request, "launching/launch.html", context, status=status)


@require_safe
def by_plan(request: HtmxHttpRequest) -> HttpResponse:
    """From the launch box: the form of a plan, on the job that it last ran on; else of a job."""
    plan = asked_text(request.GET, "plan", strip=False)
    if not plan.strip():
        return redirect("launching:jobs")
    known = Run.objects.visible_to(request.user).filter(plan=plan, job__gone_at=None)
    run = known.select_related("job__controller").order_by("-pk").first()
    if run is None:
        return _by_job(request, plan)
    filled = urlencode({run.job.controller.plan_parameter: plan})
    return redirect(f"{reverse('launching:launch', args=[run.job_id])}?{filled}")


def _by_job(request: HtmxHttpRequest, typed: str) -> HttpResponse:
    """The form of the job that is called so; where none or several are, jobs to choose from."""
    name = typed.strip().casefold()
    near = jobs_near(request.user, typed.strip())
    called_so = [job for job in near if name in (job.name.casefold(), job.full_name.casefold())]
    if len(called_so) == 1:
        return redirect("launching:launch", called_so[0].pk)
    query = {"q": typed.strip()} if called_so else {"plan": typed}
    return redirect(f"{reverse('launching:jobs')}?{urlencode(query)}")


@require_safe
def suggest(request: HtmxHttpRequest, pk: int | None = None) -> HttpResponse:
    """Plans that ran before: for the box all of them, and jobs; for a job's form, its own."""
    runs, field = Run.objects.visible_to(request.user).filter(job__gone_at=None), "plan"
    if pk is not None:
        job = find_job(request, pk)
        runs, field = runs.filter(job=job), f"p-{job.controller.plan_parameter}"
    typed = asked_text(request.GET, field, strip=False)
    plans = plans_run_before(runs, typed=typed)
    jobs = Job.objects.select_related("controller").defer("parameters", "description")
    by_id = jobs.in_bulk({plan.job_id for plan in plans})
    options: list[tuple[KnownPlan | None, Job]]
    options = [(plan, by_id[plan.job_id]) for plan in plans]
    if pk is None and typed.strip():
        options += [(None, job) for job in jobs_near(request.user, typed.strip())]
    # Enter takes the first: what is called just so, and a plan before a job
    options.sort(key=lambda option: (option[0] or option[1]).name.casefold() != typed.casefold())
    return render(request, "launching/suggestions.html", {"options": options, "is_of_a_job": pk})


def find_job(request: HtmxHttpRequest, pk: int) -> Job:
    """A job that this person may see, else 404."""
    visible = Job.objects.visible_to(request.user).select_related("controller")
    return get_object_or_404(visible, pk=pk)
