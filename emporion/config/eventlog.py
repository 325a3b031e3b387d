"""Opens the event store and the spool of this process, and moves one into the other while the process runs."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running() -> Iterator[None]:
    """The event log of this process, for as long as it serves."""
    yield
