"""Addresses of this room: jobs and their forms, run again, the launch box, unknown runs."""

from django.urls import path

from dashboard.launching import (
    again_views,
    build_views,
    job_views,
    settle_views,
    switch_views,
    views,
)

app_name = "launching"
urlpatterns = [
    path("jobs/", job_views.jobs, name="jobs"),
    path("jobs/<int:pk>/", job_views.job, name="job"),
    path("jobs/<int:pk>/news/", job_views.job_news, name="job_news"),
    path("jobs/<int:pk>/builds/open/", build_views.open_build, name="open_build"),
    path("jobs/<int:pk>/builds/<int:number>/", build_views.build, name="build"),
    path(
        "jobs/<int:pk>/builds/<int:number>/console.txt",
        build_views.build_console_text,
        name="build_console_text",
    ),
    path("jobs/<int:pk>/switch/", switch_views.switch, name="switch"),
    path("jobs/<int:pk>/settings/", switch_views.job_settings, name="job_settings"),
    path("jobs/<int:pk>/launch/", views.launch, name="launch"),
    path("jobs/<int:pk>/suggest/", views.suggest, name="suggest_of_job"),
    path("launch/", views.by_plan, name="by_plan"),
    path("launch/suggest/", views.suggest, name="suggest"),
    path("runs/<int:pk>/again/", again_views.again_form, name="again_form"),
    path("runs/<int:pk>/again/now/", again_views.again, name="again"),
    path("runs/<int:pk>/settle/adopt/", settle_views.adopt, name="settle_adopt"),
    path("runs/<int:pk>/settle/send/", settle_views.send, name="settle_send"),
    path("runs/<int:pk>/settle/give-up/", settle_views.give_up, name="settle_give_up"),
]
