"""The addresses of payments."""

from django.urls import path

from emporion.insights.revenue import connecting_views, views

app_name = "insights_revenue"
urlpatterns = [
    path("insights/<uuid:site_id>/payments/", views.payments, name="payments"),
    path("insights/<uuid:site_id>/payments/connect/", connecting_views.connect, name="connect"),
    path("insights/<uuid:site_id>/payments/connect/act/", connecting_views.act, name="act"),
    path("insights/<uuid:site_id>/payments/<uuid:payment_id>/", views.payment, name="payment"),
    path("webhooks/insights/stripe/<uuid:connection_id>", connecting_views.stripe_webhook, name="stripe_webhook"),
]
