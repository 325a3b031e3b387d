"""The addresses of this domain."""

from django.urls import path

from emporion.insights.intent import views

app_name = "insights_intent"
urlpatterns = [path("insights/<uuid:site_id>/intent/", views.intent, name="intent")]
