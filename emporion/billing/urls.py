"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "billing"
urlpatterns: list[URLPattern] = []
