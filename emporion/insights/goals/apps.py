"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class InsightsGoalsConfig(AppConfig):
    """The domain `insights_goals`."""

    name = "emporion.insights.goals"
    label = "insights_goals"
