"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "agents_channels"
urlpatterns: list[URLPattern] = []
