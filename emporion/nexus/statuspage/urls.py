"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.statuspage import public_views, views

app_name = "nexus_statuspage"
urlpatterns = [
    path("nexus/status-page/", views.settings, name="settings"),
    path("nexus/status-page/publish/", views.publish, name="publish-status-page"),
    path("nexus/status-page/components/new/", views.component, name="new-component"),
    path("nexus/status-page/components/<uuid:component_id>/", views.component, name="component"),
    path("nexus/status-page/components/<uuid:component_id>/move/", views.move_component, name="move-component"),
    path("nexus/status-page/components/<uuid:component_id>/remove/", views.remove_component, name="remove-component"),
    path("nexus/status-page/maintenance/", views.maintenance, name="maintenance"),
    path("nexus/status-page/incidents/<uuid:incident_id>/post/", views.post, name="post-status"),
    path("status/subscriptions/<str:token>/", public_views.subscription, name="status-subscription"),
    path("status/<slug:slug>/", public_views.page, name="status-page"),
    path("status/<slug:slug>/history/", public_views.history, name="status-history"),
    path("status/<slug:slug>/incidents/<slug:code>/", public_views.incident, name="status-incident"),
    path("status/<slug:slug>/subscribe/", public_views.subscribe, name="status-subscribe"),
    path("status/<slug:slug>/history.<slug:kind>", public_views.feed, name="status-feed"),
    path("status/<slug:slug>/api/v2/<path:name>.json", public_views.api, name="status-api"),
]
