"""Django's registration of this domain."""

from django.apps import AppConfig


class IntentConfig(AppConfig):
    """Who on a website is likely to buy, and who hears of it."""

    name = "emporion.insights.intent"
    label = "insights_intent"
