"""Addresses of this room."""

from django.urls import path

from dashboard.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.board, name="board"),
    path("board/", views.board_list, name="board_list"),
    path("search/", views.search, name="search"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>/header/", views.header, name="header"),
    path("runs/<int:run_id>/console/", views.console, name="console"),
    path("runs/<int:run_id>/console/window/", views.console_window, name="console_window"),
    path("runs/<int:run_id>/console.txt", views.console_text, name="console_text"),
    path("runs/<int:run_id>/tests/", views.tests, name="tests"),
    path("runs/<int:run_id>/parameters/", views.parameters, name="parameters"),
    path("runs/<int:run_id>/timeline/", views.timeline, name="timeline"),
    path("runs/<int:run_id>/keep/", views.keep, name="keep"),
    path("runs/<int:run_id>/abort/", views.abort, name="abort"),
]
