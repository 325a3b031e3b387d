"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "gateway_pricing"
urlpatterns: list[URLPattern] = []
