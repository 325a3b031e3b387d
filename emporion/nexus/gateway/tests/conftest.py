"""The gateway's own fixtures serve its pages, too."""

from emporion.gateway.routing.tests.conftest import groq, openai, provider

__all__ = ["groq", "openai", "provider"]
