"""Addresses of this room."""

app_name = "controllers"
urlpatterns = []
