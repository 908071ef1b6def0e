"""Views that wait for a controller: never so many that pages for everybody else get slow."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import BoundedSemaphore
from typing import Concatenate, ParamSpec

from django.http import HttpResponseBase
from django.shortcuts import render

from dashboard.shared.htmx import HtmxHttpRequest

P = ParamSpec("P")
View = Callable[Concatenate[HtmxHttpRequest, P], HttpResponseBase]

MOST_THREADS = 2  # of one web process
_free = BoundedSemaphore(MOST_THREADS)


def waits_for_controller(view: View[P]) -> View[P]:
    """Mark a view that asks a controller while its person waits; one too many gets a 503."""

    @wraps(view)
    def waiting(request: HtmxHttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not _free.acquire(blocking=False):
            return render(request, "controllers/busy.html", status=503)
        try:
            return view(request, *args, **kwargs)
        finally:
            _free.release()

    return waiting
