"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "web"
urlpatterns: list[URLPattern] = []
