"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class AgentsAutomationsConfig(AppConfig):
    """The domain `agents_automations`."""

    name = "emporion.agents.automations"
    label = "agents_automations"
