"""What detection keeps in mind between two ticks, in the database: hours of each API, streams of its figures, what is held.

Everything is bounded: four weeks of hours, 5,000 distances of a stream, and nothing of a rule that is calm.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
import numpy as np

from emporion.nexus.alerts.holding import Held
from emporion.nexus.alerts.hours import Hours
from emporion.nexus.alerts.models import SeriesState
from emporion.nexus.alerts.streaming import Detector

PER_DAY = 288  # a value every five minutes
MEMORY = 5000
MOST_CACHED = 256
_hours: dict[UUID, tuple[datetime, Hours]] = {}  # unpacking four weeks for each API at every tick is most of a tick


class Noted(msgspec.Struct, kw_only=True):
    """What is held of a project's rules, the last word of its streams, and who depends on each API.

    The keys are `rule:api`, `api:metric` and the API; `mapped_at` is when the dependents were last looked up.
    """

    held: dict[str, Held] = {}
    unusual: dict[str, float] = {}
    dependents: dict[str, list[str]] = {}
    mapped_at: datetime | None = None


class Memory:
    """The memory of one project."""

    def __init__(self, organisation_id: UUID, project_id: UUID, now: datetime) -> None:
        self._organisation_id, self._project_id, self._now = organisation_id, project_id, now
        rows = SeriesState.objects.filter(project_id=project_id).exclude(key="gate")
        self._ids: Mapping[str, tuple[UUID, datetime]] = {
            key: (pk, until) for pk, key, until in rows.values_list("pk", "key", "seen_until")
        }

    def seen_until(self, key: str) -> datetime | None:
        """Up to when a series was taken in."""
        found = self._ids.get(key)
        return found[1] if found else None

    def noted(self) -> Noted:
        """What is held."""
        raw = self._raw("noted")
        return msgspec.msgpack.decode(raw, type=Noted) if raw else Noted()

    def hours(self, api_id: UUID) -> Hours | None:
        """The hours of an API, `None` where there are none yet."""
        found = self._ids.get(f"hours:{api_id}")
        if found is None:
            return None
        pk, until = found
        cached = _hours.get(pk)
        if cached is None or cached[0] != until:
            cached = (until, Hours.load(until, zlib.decompress(self._raw(f"hours:{api_id}"))))
            if len(_hours) >= MOST_CACHED:
                _hours.pop(next(iter(_hours)))
            _hours[pk] = cached
        return cached[1]

    def stream(self, key: str) -> Detector:
        """A stream of a figure, new where there is none yet."""
        raw = self._raw(f"stream:{key}")
        if not raw:
            return Detector(per_day=PER_DAY, memory=MEMORY)
        parts = msgspec.msgpack.decode(zlib.decompress(raw), type=list[bytes])
        kept = [np.frombuffer(part, dtype=np.float32) for part in parts]
        return Detector(per_day=PER_DAY, memory=MEMORY, kept=kept)

    def keep_noted(self, noted: Noted) -> None:
        """Writes down what is held."""
        self._keep("noted", None, msgspec.msgpack.encode(noted), self._now)

    def keep_hours(self, api_id: UUID, hours: Hours) -> None:
        """Writes down the hours of an API."""
        self._keep(f"hours:{api_id}", api_id, zlib.compress(hours.dump(), 1), hours.end)

    def keep_stream(self, key: str, api_id: UUID, detector: Detector) -> None:
        """Writes down a stream."""
        parts = [part.tobytes() for part in detector.kept()]
        self._keep(f"stream:{key}", api_id, zlib.compress(msgspec.msgpack.encode(parts), 1), self._now)

    def _raw(self, key: str) -> bytes:
        if key not in self._ids:
            return b""
        found = SeriesState.objects.filter(pk=self._ids[key][0]).values_list("state", flat=True).first()
        return bytes(found) if found else b""

    def _keep(self, key: str, api_id: UUID | None, state: bytes, until: datetime) -> None:
        SeriesState.objects.update_or_create(
            project_id=self._project_id,
            key=key,
            defaults={"organisation_id": self._organisation_id, "api_id": api_id, "state": state, "seen_until": until},
        )
