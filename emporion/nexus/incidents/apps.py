"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusIncidentsConfig(AppConfig):
    """The domain `nexus_incidents`."""

    name = "emporion.nexus.incidents"
    label = "nexus_incidents"
