"""Addresses, grouped by what people open."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon of what is no page, such as a console's text."""
    return redirect(static("favicon.svg"))


urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("", include("dashboard.runs.urls")),
    path("", include("dashboard.launching.urls")),
    path("", include("dashboard.controllers.urls")),
    path("", include("dashboard.history.urls")),
    path("", include("dashboard.people.urls")),
]
