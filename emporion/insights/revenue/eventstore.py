"""The event store of this process, which the composition root opens."""

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from emporion.store import EventStore


def store() -> EventStore:
    """The store, opened at the first question."""
    return cast("EventStore", import_string(settings.EVENT_STORE)())
