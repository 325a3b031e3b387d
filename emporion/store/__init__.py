"""The event store: `Spool` acknowledges events when they are on the disk, `Writer` moves them, `open_store` answers queries.

Neither Django nor the engine is imported until the store is reached, so that a process that only appends starts at once.
"""

from emporion.store.query import EventStore, open_store
from emporion.store.shared import shared_store
from emporion.store.spool import Spool
from emporion.store.writer import Writer

__all__ = ["EventStore", "Spool", "Writer", "open_store", "shared_store"]
