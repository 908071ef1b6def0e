"""The question before a job is switched off or on, and what an admin sets for a job."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from dashboard.controllers.models import Job
from dashboard.launching.switching import (
    SwitchRefused,
    SwitchUnclear,
    check_nobody_was_quicker,
    switch_job,
    waiting_runs,
    why_not_switchable,
)
from dashboard.launching.views import find_job
from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.shared.htmx import CONFLICT, INVALID, HtmxHttpRequest, see_other, wants_fragment

TOKEN_MAX_CHARACTERS = 200


class SwitchForm(forms.Form):
    """To which side, and why; ``seen`` is the last switch that the person was shown."""

    to = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])
    seen = forms.IntegerField(required=False)
    why = forms.CharField(
        max_length=500,
        error_messages={
            "required": "Say why: everybody who waits reads it.",
            "max_length": "This is too long: %(limit_value)d characters at most.",
        },
    )


class TriggerTokenForm(forms.Form):
    """The trigger token that the job has in Jenkins; never shown again."""

    token = forms.CharField(
        max_length=TOKEN_MAX_CHARACTERS,
        error_messages={"required": "Type the token that the job has in Jenkins."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
@vary_on_headers("HX-Request", "HX-History-Restore-Request")
def switch(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """Ask why, and tell what it does to those who wait; a POST switches and reads back."""
    job = find_job(request, pk)
    if request.method != "POST":
        return _ask(request, job, SwitchForm(initial={"to": "on" if job.is_disabled else "off"}))
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return _ask(request, job, form, status=INVALID)
    is_on = form.cleaned_data["to"] == "on"
    try:
        if why_not := why_not_switchable(job, request.user):
            raise SwitchRefused(why_not)
        check_nobody_was_quicker(job, form.cleaned_data["seen"])
        switch_job(job, is_on, who=request.user, why=form.cleaned_data["why"])
    except SwitchRefused as refusal:
        return _ask(request, job, form, trouble=f"Not switched. {refusal}", status=CONFLICT)
    except SwitchUnclear as unclear:
        return _ask(request, job, form, trouble=f"Not known yet. {unclear}", status=CONFLICT)
    messages.success(request, f"Jenkins says that {job} is {'on' if is_on else 'off'} now.")
    return see_other(reverse("launching:job", args=[job.pk]))


def _ask(
    request: HtmxHttpRequest, job: Job, form: SwitchForm, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    in_dialog = wants_fragment(request)
    template = "launching/switch_form.html" if in_dialog else "launching/switch.html"
    context = {
        "job": job,
        "form": form,
        "to": "on" if form["to"].value() == "on" else "off",
        "last": job.switches.first(),
        "trouble": trouble,
        "waiting": waiting_runs(job).select_related("owner"),
        "in_dialog": in_dialog,
    }
    return render(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
def job_settings(request: HtmxHttpRequest, pk: int) -> HttpResponseBase:
    """How launches of a job go out: set, replace or remove its trigger token."""
    job = find_job(request, pk)
    form = TriggerTokenForm()
    if request.method == "POST":
        if "remove" in request.POST:
            return _set_token(request, job, "", "Removed: launches go out as before.")
        form = TriggerTokenForm(request.POST)
        if form.is_valid():
            said = "Kept, encrypted. The next launch goes out with it."
            return _set_token(request, job, form.cleaned_data["token"], said)
    status = INVALID if form.is_bound else 200
    return render(request, "launching/job_settings.html", {"job": job, "form": form}, status=status)


def _set_token(request: HtmxHttpRequest, job: Job, token: str, said: str) -> HttpResponse:
    job.trigger_token = token
    job.save(update_fields=["trigger_token_encrypted"])
    messages.success(request, said)
    return see_other(reverse("launching:job_settings", args=[job.pk]))
