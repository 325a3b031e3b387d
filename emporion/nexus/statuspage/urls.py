"""The addresses of this domain."""

from django.urls import path, re_path

from emporion.nexus.statuspage import public_views, views

app_name = "nexus_statuspage"
urlpatterns = [
    path("nexus/status-page/", views.settings, name="settings"),
    path("nexus/status-page/publish/", views.publish, name="publish"),
    path("nexus/status-page/components/new/", views.component, name="new-component"),
    path("nexus/status-page/components/<uuid:component_id>/", views.component, name="component"),
    path("nexus/status-page/components/<uuid:component_id>/move/", views.move_component, name="move-component"),
    path("nexus/status-page/components/<uuid:component_id>/remove/", views.remove_component, name="remove-component"),
    path("nexus/status-page/maintenance/", views.maintenance, name="maintenance"),
    path("nexus/status-page/incidents/<uuid:incident_id>/post/", views.post, name="post"),
    path("status/subscriptions/<str:token>/", public_views.subscription, name="subscription"),
    path("status/<slug:slug>/", public_views.page, name="page"),
    path("status/<slug:slug>/history/", public_views.history, name="history"),
    path("status/<slug:slug>/incidents/<slug:code>/", public_views.incident, name="incident"),
    path("status/<slug:slug>/subscribe/", public_views.subscribe, name="subscribe"),
    re_path(r"^status/(?P<slug>[-a-z0-9]+)/history\.(?P<kind>atom|rss)$", public_views.feed, name="feed"),
    re_path(r"^status/(?P<slug>[-a-z0-9]+)/api/v2/(?P<name>[a-z/-]+)\.json$", public_views.api, name="api"),
]
