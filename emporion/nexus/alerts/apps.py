"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusAlertsConfig(AppConfig):
    """The domain `nexus_alerts`."""

    name = "emporion.nexus.alerts"
    label = "nexus_alerts"
