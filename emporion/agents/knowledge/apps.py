"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class AgentsKnowledgeConfig(AppConfig):
    """The domain `agents_knowledge`."""

    name = "emporion.agents.knowledge"
    label = "agents_knowledge"
