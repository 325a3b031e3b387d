"""Counts requests in windows of time, so that one client cannot take the whole service."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from emporion.plumbing.errors import TooManyRequests


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most `limit` requests in `seconds`, counted apart for each `scope`."""

    scope: str
    limit: int
    seconds: int


def count(window: Window, key: str, *, now: datetime) -> int:
    """Count one request of a client and return how many are left; `TooManyRequests` past the limit."""
    slot, elapsed = divmod(int(now.timestamp()), window.seconds)
    name = f"limit:{window.scope}:{key}:{slot}"
    cache.add(name, 0, timeout=window.seconds * 2)
    used = cache.incr(name)
    if used > window.limit:
        raise TooManyRequests(limit=window.limit, retry_after_seconds=window.seconds - elapsed)
    return window.limit - used
