"""The addresses of the programs' interface and of the keys' page."""

from django.urls import URLPattern, URLResolver, path

from emporion.insights.api import views
from emporion.insights.api.endpoints import api, short

app_name = "insights_api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("insights/<uuid:site_id>/api/", views.keys, name="keys"),
    path("insights/<uuid:site_id>/api/<uuid:key_id>/revoke/", views.revoke, name="revoke"),
    path("api/", api.urls),
    path("v1/", short.urls),
]
