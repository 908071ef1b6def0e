"""Addresses, grouped by what people open."""

from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.runs.urls")),
    path("", include("dashboard.launching.urls")),
    path("", include("dashboard.controllers.urls")),
    path("", include("dashboard.history.urls")),
    path("", include("dashboard.people.urls")),
]
