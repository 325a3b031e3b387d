"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusCostsConfig(AppConfig):
    """The domain `nexus_costs`."""

    name = "emporion.nexus.costs"
    label = "nexus_costs"
