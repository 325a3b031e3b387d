"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """The domain `checkout`."""

    name = "emporion.checkout"
    label = "checkout"
