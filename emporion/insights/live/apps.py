"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class InsightsLiveConfig(AppConfig):
    """The domain `insights_live`."""

    name = "emporion.insights.live"
    label = "insights_live"
