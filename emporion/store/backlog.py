"""How much waits between acknowledgement and the event store: the gauge that says so before the disk is full."""

from dataclasses import dataclass
from pathlib import Path

from emporion.store import segments
from emporion.store.types import SpoolLimits

# Events are on their way for a second at most; for this long they are only when the store is away.
LATE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in a spool's root, of all processes, and how much may."""

    waiting_bytes: int
    max_bytes: int
    free_bytes: int
    oldest_seconds: float
    damaged_files: int

    @property
    def share(self) -> float:
        """How full the spool is, between 0 and 1."""
        return min(1.0, self.waiting_bytes / self.max_bytes)

    @property
    def is_late(self) -> bool:
        """Whether events wait for longer than moving takes."""
        return self.oldest_seconds > LATE_SECONDS

    @property
    def is_alarming(self) -> bool:
        """Whether a person should look: events are late, or half of the room is taken."""
        return self.is_late or self.share > 0.5


def backlog(root: Path, limits: SpoolLimits | None = None) -> Backlog:
    """Counts a root without opening it; where there is none yet nothing waits."""
    limits = limits or SpoolLimits()
    if not root.is_dir():
        return Backlog(waiting_bytes=0, max_bytes=limits.max_bytes, free_bytes=0, oldest_seconds=0.0, damaged_files=0)
    usage = segments.usage(root)
    return Backlog(
        waiting_bytes=usage.used_bytes,
        max_bytes=limits.max_bytes,
        free_bytes=usage.free_bytes,
        oldest_seconds=usage.oldest_seconds,
        damaged_files=usage.damaged_files,
    )
