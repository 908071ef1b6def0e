"""A bare signed-in view beside all of Runboard's own: session, person, and one row read."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from dashboard.runs.models import Run


def bare(request: HttpRequest, run_id: int) -> HttpResponse:
    """The same one-row read as a poll, and nothing else."""
    Run.objects.values_list("version", flat=True).get(pk=run_id)
    return HttpResponse(status=204)


urlpatterns = [path("bare/<int:run_id>/", bare), path("", include("config.urls"))]
