"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class GatewayRoutingConfig(AppConfig):
    """The domain `gateway_routing`."""

    name = "emporion.gateway.routing"
    label = "gateway_routing"
