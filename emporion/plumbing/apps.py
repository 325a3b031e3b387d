"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class PlumbingConfig(AppConfig):
    """The domain `plumbing`."""

    name = "emporion.plumbing"
    label = "plumbing"
