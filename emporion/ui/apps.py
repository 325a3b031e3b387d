"""Registers the design system with Django."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The domain `ui`."""

    name = "emporion.ui"
    label = "ui"
