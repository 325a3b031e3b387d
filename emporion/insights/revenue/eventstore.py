"""The event store of this process."""

from django.conf import settings

from emporion.store import EventStore, shared_store


def store() -> EventStore:
    """The store, opened at the first question."""
    return shared_store(settings.EVENTS_URL)
