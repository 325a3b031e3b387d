"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class AgentsChannelsConfig(AppConfig):
    """The domain `agents_channels`."""

    name = "emporion.agents.channels"
    label = "agents_channels"
