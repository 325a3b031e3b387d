"""The addresses of this domain."""

from django.urls import path

from emporion.insights.imports import history_views, views

app_name = "insights_imports"
urlpatterns = [
    path("insights/<uuid:site_id>/history/", history_views.totals, name="history"),
    path("insights/<uuid:site_id>/settings/import/", views.imports, name="list"),
    path("insights/<uuid:site_id>/settings/import/<uuid:import_id>/", views.one_import, name="import"),
    path("insights/<uuid:site_id>/settings/import/<uuid:import_id>/state/", views.state, name="state"),
    path("insights/<uuid:site_id>/settings/import/<uuid:import_id>/agree/", views.agree, name="agree"),
    path("insights/<uuid:site_id>/settings/import/<uuid:import_id>/cancel/", views.cancel, name="cancel"),
    path("insights/<uuid:site_id>/settings/import/<uuid:import_id>/undo/", views.undo, name="undo"),
    path("insights/<uuid:site_id>/settings/import/<uuid:import_id>/left-out.csv", views.left_out, name="left-out"),
]
