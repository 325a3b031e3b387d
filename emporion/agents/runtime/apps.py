"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class AgentsRuntimeConfig(AppConfig):
    """The domain `agents_runtime`."""

    name = "emporion.agents.runtime"
    label = "agents_runtime"
