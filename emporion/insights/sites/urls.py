"""The addresses of this domain."""

from django.urls import path

from emporion.insights.sites import dropped_views, setup_views, views

app_name = "insights_sites"
urlpatterns = [
    path("insights/", views.sites, name="list"),
    path("insights/new/", views.new, name="new"),
    path("insights/<uuid:site_id>/setup/", setup_views.setup, name="setup"),
    path("insights/<uuid:site_id>/setup/verify/", setup_views.verify_page, name="verify"),
    path("insights/<uuid:site_id>/setup/first/", setup_views.first, name="first"),
    path("insights/<uuid:site_id>/setup/simulate/", setup_views.simulate_visit, name="simulate"),
    path("insights/<uuid:site_id>/setup/skip-payments/", setup_views.skip, name="skip-payments"),
    path("insights/<uuid:site_id>/settings/", views.settings, name="settings"),
    path("insights/<uuid:site_id>/pause/", views.pause, name="pause"),
    path("insights/<uuid:site_id>/installation/", views.measure_installation, name="installation"),
    path("insights/<uuid:site_id>/remove/", views.remove, name="remove"),
    path("insights/<uuid:site_id>/restore/", views.restore, name="restore"),
    path("insights/<uuid:site_id>/dropped/", dropped_views.dropped, name="dropped"),
    path("insights/<uuid:site_id>/dropped/let-in/", dropped_views.let_in, name="let-in"),
]
