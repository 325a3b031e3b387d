"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class InsightsReportsConfig(AppConfig):
    """The domain `insights_reports`."""

    name = "emporion.insights.reports"
    label = "insights_reports"
