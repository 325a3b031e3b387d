"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class AgentsAppsConfig(AppConfig):
    """The domain `agents_apps`."""

    name = "emporion.agents.apps"
    label = "agents_apps"
