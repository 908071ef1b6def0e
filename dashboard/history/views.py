"""The history: every run, newest first, filtered by the query string."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.history.filters import RunFilter
from dashboard.runs.models import Run
from dashboard.shared.asking import asked_number
from dashboard.shared.htmx import HtmxHttpRequest, wants_fragment
from dashboard.shared.paging import keyset_page

RUNS_PER_PAGE = 50


@require_safe
@vary_on_headers("HX-Request", "HX-History-Restore-Request")
def run_list(request: HtmxHttpRequest) -> HttpResponse:
    """Runs this person may see, newest first; htmx paging gets the table alone."""
    visible = Run.objects.visible_to(request.user)
    filters = RunFilter(request.GET, visible, request=request)
    # First the ids alone: with its job joined, SQLite begins with the job and walks all its runs
    before = asked_number(request.GET, "before")
    page = keyset_page(filters.qs.only("pk"), before=before, size=RUNS_PER_PAGE)
    ids = [run.pk for run in page.rows]
    rows = Run.objects.for_rows(with_parameters=True).in_bulk(ids)
    context = {
        "page": replace(page, rows=[rows[run_id] for run_id in ids]),
        "chips": list(filters.chips()),
        "wrong": filters.form.errors,
    }
    if wants_fragment(request):
        return render(request, "history/runs.html", context)
    context |= {
        "filters": filters.form,
        "plans": visible.names_of_plans(),
    }
    return render(request, "history/list.html", context)
