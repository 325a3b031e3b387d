"""Decides without I/O which rows of a file belong to a website's past."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from emporion.insights.imports.types import ORIGIN, Reason

MOST_BYTES = 500 * 1024 * 1024
MOST_FILES = 50
LEFT_ALONE = timedelta(hours=24)
# A visit of the last half hour may go on; who is here now is told by the website's own script alone.
PRESENT = timedelta(hours=1)
_AHEAD = timedelta(minutes=2)
_OLDEST = datetime(1995, 1, 1, tzinfo=UTC)
_QUARTER = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known already of a website when an import begins.

    `own_days` are days, in the website's zone, on which it was measured here; `imported` the stretches of earlier imports.
    """

    now: datetime
    zone: str
    own_days: frozenset[date] = frozenset()
    imported: tuple[tuple[datetime, datetime], ...] = ()
    takes_covered: bool = False


class Screen:
    """Lets through what lies in the past that is not known yet."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._zone = ZoneInfo(past.zone)
        self._is_own = lru_cache(maxsize=8_192)(self._looked)

    def __call__(self, at: datetime) -> Reason | None:
        """Why a moment is none to bring anything in of; nothing when it is."""
        past = self._past
        if at > past.now - PRESENT:
            return Reason.FUTURE if at > past.now + _AHEAD else Reason.TOO_NEW
        if at < _OLDEST:
            return Reason.TOO_OLD
        if any(first <= at <= last for first, last in past.imported):
            return Reason.IMPORTED
        if past.own_days and not past.takes_covered and self._is_own(int(at.timestamp()) // _QUARTER):
            return Reason.COVERED
        return None

    def _looked(self, quarter: int) -> bool:
        """No zone changes its day within a quarter of an hour."""
        return datetime.fromtimestamp(quarter * _QUARTER, self._zone).date() in self._past.own_days

    def has_day(self, day: date) -> Reason | None:
        """The same of a whole day, as totals of days are asked."""
        past = self._past
        today = past.now.astimezone(self._zone).date()
        if day >= today:
            return Reason.FUTURE if day > today else Reason.TOO_NEW
        if day < _OLDEST.date():
            return Reason.TOO_OLD
        if day in past.own_days:
            return Reason.COVERED
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self._zone)
        return Reason.IMPORTED if any(first <= noon <= last for first, last in past.imported) else None


def origin_of(import_id: UUID) -> str:
    """The origin of the events of an import: what it added is found by it, and taken away again."""
    return f"{ORIGIN}{import_id.hex}"


def event_id_of(import_id: UUID, file: int, row: int) -> UUID:
    """The id of a row's event: reading a file again gives the same, so that nothing is added twice. Version 8 of RFC 9562."""
    digest = bytearray(hashlib.blake2b(b"%d:%d" % (file, row), digest_size=16, key=import_id.bytes).digest())
    digest[6], digest[8] = 0x80 | digest[6] & 0x0F, 0x80 | digest[8] & 0x3F
    return UUID(bytes=bytes(digest))


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
