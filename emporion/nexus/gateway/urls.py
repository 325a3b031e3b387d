"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.gateway import budget_views, import_views, new_views, settings_views, views

app_name = "nexus_gateway"
urlpatterns = [
    path("nexus/apis/new/", new_views.new, name="new"),
    path("nexus/apis/<uuid:api_id>/start/", new_views.start, name="start"),
    path("nexus/apis/<uuid:api_id>/start/first/", new_views.first, name="first"),
    path("nexus/apis/<uuid:api_id>/start/key/", new_views.another_key, name="another-key"),
    path("nexus/apis/<uuid:api_id>/settings/", settings_views.settings, name="settings"),
    path("nexus/apis/<uuid:api_id>/rotate/", settings_views.rotate, name="rotate"),
    path("nexus/apis/<uuid:api_id>/pause/", settings_views.pause, name="pause"),
    path("nexus/apis/<uuid:api_id>/remove/", settings_views.remove, name="remove"),
    path("nexus/apis/<uuid:api_id>/restore/", settings_views.restore, name="restore"),
    path("nexus/apis/import/", import_views.imports, name="imports"),
    path("nexus/gateway/", views.home, name="home"),
    path("nexus/gateway/keys/", views.keys, name="keys"),
    path("nexus/gateway/keys/<uuid:key_id>/revoke/", views.revoke_key, name="revoke-key"),
    path("nexus/gateway/keys/<uuid:key_id>/restore/", views.restore_key, name="restore-gateway-key"),
    path("nexus/gateway/routes/", views.routes, name="routes"),
    path("nexus/gateway/routes/<uuid:route_id>/withdraw/", views.withdraw_route, name="withdraw-route"),
    path("nexus/gateway/routes/<uuid:route_id>/undo/", views.undo_route, name="undo-route"),
    path("nexus/gateway/budgets/", budget_views.budgets, name="budgets"),
    path("nexus/gateway/budgets/<uuid:budget_id>/remove/", budget_views.remove_budget, name="remove-budget"),
    path("nexus/gateway/budgets/<uuid:budget_id>/restore/", budget_views.restore_budget, name="restore-budget"),
    path("nexus/gateway/cache/", budget_views.caches, name="caches"),
    path("nexus/gateway/cache/<uuid:cache_id>/remove/", budget_views.remove_cache, name="remove-cache"),
]
