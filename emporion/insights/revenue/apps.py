"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class InsightsRevenueConfig(AppConfig):
    """The domain `insights_revenue`."""

    name = "emporion.insights.revenue"
    label = "insights_revenue"
