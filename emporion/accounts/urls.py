"""The addresses of this domain: log-in and registration by allauth, and our own pages."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []
