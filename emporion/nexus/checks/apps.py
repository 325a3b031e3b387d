"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusChecksConfig(AppConfig):
    """The domain `nexus_checks`."""

    name = "emporion.nexus.checks"
    label = "nexus_checks"
