"""Addresses of this room."""

from django.urls import path

from dashboard.history import views

app_name = "history"
urlpatterns = [
    path("history/", views.run_list, name="list"),
]
