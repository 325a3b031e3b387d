"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "payments"
urlpatterns: list[URLPattern] = []
