"""Whoever waits for a first word goes first: what can wait a moment steps aside for as long as somebody does.

The threads of one process run one at a time. What comes after an answer, as storing it, would else be done at the cost of those
who are waiting for theirs; and it is never kept waiting longer than it says itself.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_SECONDS = 0.1
_LOOKS_EVERY_SECONDS = 0.01
_ahead = 0
_changed = threading.Condition()


@contextmanager
def ahead() -> Iterator[None]:
    """Somebody waits for what is done in here."""
    global _ahead  # noqa: PLW0603 - one number for the process
    with _changed:
        _ahead += 1
    try:
        yield
    finally:
        with _changed:
            _ahead -= 1
            if not _ahead:
                _changed.notify_all()


def step_aside(longest: float = LONGEST_SECONDS) -> None:
    """Wait until nobody is ahead, at most so many seconds."""
    with _changed:
        _changed.wait_for(lambda: not _ahead, timeout=longest)


async def stepped_aside(longest: float = LONGEST_SECONDS) -> None:
    """The same without holding a thread, which those ahead may need."""
    end = time.monotonic() + longest
    while _ahead and time.monotonic() < end:  # noqa: ASYNC110 - those ahead may be of another loop
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)
