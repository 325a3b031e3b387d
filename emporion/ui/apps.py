"""The design system: tokens, components, behaviours and the frames of every page."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Registers the templates, static files and template tags; it has no tables."""

    name = "emporion.ui"
    label = "ui"
