"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The domain `web`."""

    name = "emporion.web"
    label = "web"
