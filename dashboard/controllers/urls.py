"""Addresses of this room: controllers and their accounts, and a person's own access to them."""

from django.urls import path

from dashboard.controllers import account_views, profile_views, views

app_name = "controllers"
urlpatterns = [
    path("controllers/", views.controllers, name="list"),
    path("controllers/lamps/", views.lamps, name="lamps"),
    path("controllers/connect/", account_views.connect_new, name="connect"),
    path("controllers/<int:pk>/", views.controller, name="controller"),
    path("controllers/<int:pk>/check/", views.check, name="check"),
    path("controllers/<int:pk>/read-jobs/", views.read_jobs, name="read_jobs"),
    path("controllers/<int:pk>/change/", account_views.change, name="change"),
    path("controllers/<int:pk>/disconnect/", account_views.disconnect, name="disconnect"),
    path("profile/", profile_views.profile, name="profile"),
    path("profile/access/<int:pk>/", profile_views.give, name="give_access"),
    path("profile/access/<int:pk>/test/", profile_views.test, name="try_access"),
    path("profile/access/<int:pk>/drop/", profile_views.drop, name="drop_access"),
]
