"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.checks import views

app_name = "nexus_checks"
urlpatterns = [
    path("nexus/checks/", views.checks, name="checks"),
    path("nexus/checks/new/", views.new, name="new"),
    path("nexus/checks/<uuid:check_id>/", views.check, name="check"),
    path("nexus/checks/<uuid:check_id>/edit/", views.edit, name="edit"),
    path("nexus/checks/<uuid:check_id>/act/", views.act, name="act"),
]
