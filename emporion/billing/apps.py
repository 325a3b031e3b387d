"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The domain `billing`."""

    name = "emporion.billing"
    label = "billing"
