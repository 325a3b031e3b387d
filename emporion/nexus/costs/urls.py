"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.costs import export_views, price_views, views

app_name = "nexus_costs"
urlpatterns = [
    path("nexus/costs/", views.costs, name="costs"),
    path("nexus/costs/calls/", views.calls, name="calls"),
    path("nexus/costs/calls/<uuid:call_id>/", views.call, name="call"),
    path("nexus/costs/costs.csv", export_views.csv_file, name="csv"),
    path("nexus/costs/costs.xlsx", export_views.xlsx_file, name="xlsx"),
    path("nexus/costs/costs.pdf", export_views.pdf_file, name="pdf"),
    path("nexus/costs/focus.csv", export_views.focus_file, name="focus"),
    path("nexus/costs/prices/", price_views.prices, name="prices"),
    path("nexus/costs/prices/<uuid:price_id>/remove/", price_views.remove, name="remove-price"),
    path("nexus/costs/prices/<uuid:price_id>/restore/", price_views.restore, name="restore-price"),
    path("nexus/costs/prices/reprice/", price_views.reprice, name="reprice"),
]
