"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """The domain `notify`."""

    name = "emporion.notify"
    label = "notify"
