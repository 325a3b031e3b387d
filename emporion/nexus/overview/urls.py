"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.overview import api_views, link_views, views

app_name = "nexus_overview"
API = "nexus/apis/<uuid:api_id>/"
NOTE = "nexus/notes/<uuid:api_note_id>/"
urlpatterns = [
    path("nexus/", views.overview, name="overview"),
    path("nexus/apis/", views.apis, name="apis"),
    path(API, api_views.api, name="api"),
    path(f"{API}calls/", api_views.calls, name="calls"),
    path(f"{API}targets/", api_views.targets, name="targets"),
    path(f"{API}divert/", views.divert, name="divert"),
    path(f"{API}notes/", api_views.add_note, name="add-api-note"),
    path("nexus/calls/<uuid:call_id>/", api_views.call, name="call"),
    path(NOTE, api_views.note, name="api-note"),
    path(f"{NOTE}remove/", api_views.remove_note, name="remove-api-note"),
    path("nexus/on-call/answer/<str:token>/declare/", link_views.declare, name="declare-by-link"),
    path(f"{NOTE}restore/", api_views.restore_note, name="restore-api-note"),
]
