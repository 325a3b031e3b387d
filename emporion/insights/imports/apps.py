"""Django's registration of this domain."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """What websites were before they were measured here."""

    name = "emporion.insights.imports"
    label = "insights_imports"
