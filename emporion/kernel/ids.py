"""Ids sort by the time they were made, so that indexes grow at one end."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = [0, 0]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562), strictly increasing within the process: 48 bits of milliseconds, 12 of counter, 62 random."""
    with _lock:
        milliseconds = max(time.time_ns() // 1_000_000, _last[0])
        counter = _last[1] + 1 if milliseconds == _last[0] else int.from_bytes(os.urandom(1), "big")
        if counter > 0xFFF:
            milliseconds, counter = milliseconds + 1, 0
        _last[:] = [milliseconds, counter]
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | random)
