"""The addresses of the keys' page; those of the programs are in `endpoints`, and the composition root puts them in place."""

from django.urls import path

from emporion.insights.api import views

app_name = "insights_api"
urlpatterns = [
    path("insights/<uuid:site_id>/api/", views.keys, name="keys"),
    path("insights/<uuid:site_id>/api/<uuid:key_id>/revoke/", views.revoke, name="revoke"),
    path("insights/<uuid:site_id>/api/<uuid:key_id>/restore/", views.restore, name="restore-site-key"),
]
