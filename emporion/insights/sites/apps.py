"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class InsightsSitesConfig(AppConfig):
    """The domain `insights_sites`."""

    name = "emporion.insights.sites"
    label = "insights_sites"
