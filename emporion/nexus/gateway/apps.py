"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusGatewayConfig(AppConfig):
    """The domain `nexus_gateway`."""

    name = "emporion.nexus.gateway"
    label = "nexus_gateway"
