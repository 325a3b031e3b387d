"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """The domain `market`."""

    name = "emporion.market"
    label = "market"
