"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.signals import endpoints, views

app_name = "nexus_signals"
urlpatterns = [
    path("nexus/heartbeats/", views.heartbeats, name="heartbeats"),
    path("nexus/heartbeats/new/", views.new_heartbeat, name="heartbeat-new"),
    path("nexus/heartbeats/<uuid:heartbeat_id>/", views.heartbeat, name="heartbeat"),
    path("nexus/heartbeats/<uuid:heartbeat_id>/act/", views.act_on_heartbeat, name="heartbeat-act"),
    path("nexus/deploys/", views.deploys, name="deploys"),
    path("nexus/deploys/<uuid:deploy_id>/act/", views.act_on_deploy, name="deploy-act"),
    path("nexus/telemetry/", views.telemetry, name="telemetry"),
    path("nexus/telemetry/receivers/<uuid:receiver_id>/act/", views.act_on_receiver, name="receiver-act"),
    path("api/nexus/deploys/", endpoints.mark_deploy, name="deploy-api"),
    path("api/nexus/deploys/<str:token>/", endpoints.deploy_webhook, name="deploy-webhook"),
    path("api/nexus/alertmanager/<str:token>/", endpoints.alertmanager, name="alertmanager"),
]
