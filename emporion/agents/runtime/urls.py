"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "agents_runtime"
urlpatterns: list[URLPattern] = []
