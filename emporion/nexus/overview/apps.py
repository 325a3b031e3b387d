"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusOverviewConfig(AppConfig):
    """The domain `nexus_overview`."""

    name = "emporion.nexus.overview"
    label = "nexus_overview"
