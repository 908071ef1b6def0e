"""Addresses of this room: jobs and their forms, run again, the launch box, unknown runs."""

from django.urls import path

from dashboard.launching import again_views, job_views, settle_views, views

app_name = "launching"
urlpatterns = [
    path("jobs/", job_views.jobs, name="jobs"),
    path("jobs/<int:pk>/", job_views.job, name="job"),
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
