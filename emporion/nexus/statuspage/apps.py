"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusStatusPageConfig(AppConfig):
    """The domain `nexus_statuspage`."""

    name = "emporion.nexus.statuspage"
    label = "nexus_statuspage"
