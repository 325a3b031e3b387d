"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "nexus_statuspage"
urlpatterns: list[URLPattern] = []
