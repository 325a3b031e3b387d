"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class InsightsApiConfig(AppConfig):
    """The domain `insights_api`."""

    name = "emporion.insights.api"
    label = "insights_api"
