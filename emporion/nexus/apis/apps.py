"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusApisConfig(AppConfig):
    """The domain `nexus_apis`."""

    name = "emporion.nexus.apis"
    label = "nexus_apis"
