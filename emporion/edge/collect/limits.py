"""Counting in bounded memory: how often a visitor comes, which events were seen, how many dropped ones are worth keeping."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from emporion.edge.collect.types import Reason

_MOST_VISITORS = 200_000


class Pace:
    """How many events each visitor sent in the present minute."""

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._minute = 0
        self._counts: dict[int, int] = {}  # by the id's number, whose hash costs a fifth of the id's own

    def count(self, visitor_id: UUID, now: datetime) -> int:
        """Counts one more and says how many that makes; visitors beyond what fits in memory are not counted."""
        if now is not self._now:
            self._turn_to(now)
        number = visitor_id.int
        seen = self._counts.get(number, 0) + 1
        if seen > 1 or len(self._counts) < _MOST_VISITORS:
            self._counts[number] = seen
        return seen

    def _turn_to(self, now: datetime) -> None:
        self._now = now
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._counts = minute, {}


class Recent:
    """The ids of the last events that were acknowledged, so that most retries cost no room; the store would merge them anyway."""

    def __init__(self, most: int = 100_000) -> None:
        self._half = most // 2
        self._young: set[int] = set()
        self._old: set[int] = set()

    def has(self, event_id: UUID) -> bool:
        """Whether this event was acknowledged a short while ago."""
        return event_id.int in self._young or event_id.int in self._old

    def add(self, event_id: UUID) -> None:
        """Remembers an event that was acknowledged."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, set()
        self._young.add(event_id.int)


class DropBudget:
    """How many dropped events are kept: enough to judge every reason on every site, never enough to fill a disk.

    In each minute the first `each` of a site and reason, and `total` altogether; the next that is kept says how many were not.
    """

    def __init__(self, *, each: int = 60, total: int = 3_000) -> None:
        self._each, self._total = each, total
        self._minute = 0
        self._kept: Counter[tuple[UUID, Reason]] = Counter()
        self._unkept: Counter[tuple[UUID, Reason]] = Counter()

    def take(self, site_id: UUID, reason: Reason, now: datetime) -> int | None:
        """None when this one is not to be kept; else how many since the last kept one were not."""
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            self._kept.clear()
        key = (site_id, reason)
        if self._kept[key] >= self._each or self._kept.total() >= self._total:
            if key in self._unkept or len(self._unkept) < 10_000:
                self._unkept[key] += 1
            return None
        self._kept[key] += 1
        return self._unkept.pop(key, 0)
