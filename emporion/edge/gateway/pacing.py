"""Limits of our own keys, and routes that slow calls down: buckets that fill evenly, in this process alone."""

import time
from uuid import UUID

MOST_BUCKETS = 10_000


class Bucket:
    """Holds a minute's worth at most and fills evenly; may be overdrawn by what was not known before."""

    __slots__ = ("_at", "_level", "per_minute")

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self._level = float(per_minute)
        self._at = now

    def level(self, now: float) -> float:
        """What is in it now."""
        self._level = min(float(self.per_minute), self._level + (now - self._at) * self.per_minute / 60)
        self._at = now
        return self._level

    def wait_for(self, amount: float, now: float) -> float:
        """Seconds until so much is in it; 0 when it is."""
        return max(0.0, (amount - self.level(now)) * 60 / self.per_minute)

    def take(self, amount: float, now: float) -> None:
        """Takes so much out, also more than there is."""
        self._level = self.level(now) - amount


class Paces:
    """The buckets of every key and route, by what they limit; one whose limit was changed begins full."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, UUID], Bucket] = {}

    def of(self, kind: str, owner: UUID, per_minute: int, now: float | None = None) -> Bucket:
        """The bucket of a key's requests or tokens, or of a route."""
        found = self._buckets.get((kind, owner))
        if found is None or found.per_minute != per_minute:
            if len(self._buckets) >= MOST_BUCKETS:
                self._buckets.clear()
            found = self._buckets[kind, owner] = Bucket(per_minute, time.monotonic() if now is None else now)
        return found
