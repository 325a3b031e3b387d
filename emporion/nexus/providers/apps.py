"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusProvidersConfig(AppConfig):
    """The domain `nexus_providers`."""

    name = "emporion.nexus.providers"
    label = "nexus_providers"
