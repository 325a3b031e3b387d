"""The addresses of this domain."""

from django.urls import URLPattern

app_name = "gateway_routing"
urlpatterns: list[URLPattern] = []
