"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.providers import views

app_name = "nexus_providers"
urlpatterns = [
    path("nexus/providers/", views.providers, name="providers"),
    path("nexus/providers/new/", views.new, name="new"),
    path("nexus/providers/<uuid:feed_id>/", views.provider, name="provider"),
    path("nexus/providers/<uuid:feed_id>/act/", views.act, name="act"),
]
