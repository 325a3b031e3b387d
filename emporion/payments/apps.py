"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The domain `payments`."""

    name = "emporion.payments"
    label = "payments"
