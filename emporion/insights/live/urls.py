"""The addresses of this domain."""

from django.urls import path

from emporion.insights.live import views

app_name = "insights_live"
urlpatterns = [
    path("insights/<uuid:site_id>/realtime/", views.realtime, name="realtime"),
    path("insights/<uuid:site_id>/realtime/now/", views.now, name="now"),
    path("insights/<uuid:site_id>/visitors/", views.visitors, name="visitors"),
    path("insights/<uuid:site_id>/visitors/<uuid:visitor_id>/", views.visitor, name="visitor"),
]
