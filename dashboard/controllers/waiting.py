"""People who wait for a controller: never so many that pages for everybody else get slow.

A view that does nothing else is marked by `waits_for_controller`; one that has something to
show without an answer, too, asks within `ask_now` and shows the error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import BoundedSemaphore
from typing import Concatenate, ParamSpec

from django.http import HttpResponseBase
from django.shortcuts import render

from dashboard.controllers.connecting import client_for
from dashboard.controllers.models import Controller
from dashboard.shared.htmx import HtmxHttpRequest
from jenkins_api import Jenkins, NotSent

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


@contextmanager
def ask_now(controller: Controller) -> Iterator[Jenkins]:
    """A client for somebody who waits; NotSent where too many do already."""
    if not _free.acquire(blocking=False):
        why = "Others wait for a controller just now; try again in a few seconds"
        raise NotSent(why, url=controller.url)
    try:
        with client_for(controller) as jenkins:
            yield jenkins
    finally:
        _free.release()
