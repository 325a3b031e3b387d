"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class GatewayPricingConfig(AppConfig):
    """The domain `gateway_pricing`."""

    name = "emporion.gateway.pricing"
    label = "gateway_pricing"
