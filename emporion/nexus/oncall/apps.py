"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusOnCallConfig(AppConfig):
    """The domain `nexus_oncall`."""

    name = "emporion.nexus.oncall"
    label = "nexus_oncall"
