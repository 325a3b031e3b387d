"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusSignalsConfig(AppConfig):
    """The domain `nexus_signals`."""

    name = "emporion.nexus.signals"
    label = "nexus_signals"
