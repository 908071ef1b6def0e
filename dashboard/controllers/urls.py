"""Addresses of this room."""

from django.urls import path

from dashboard.controllers import views

app_name = "controllers"
urlpatterns = [
    path("controllers/<int:pk>/check/", views.check, name="check"),
]
