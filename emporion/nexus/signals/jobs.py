"""What runs in the background for signals."""

from emporion.nexus.signals import beating
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def look_for_missing(payload: Tick, *, job: JobContext) -> None:
    """Tells of the heartbeats that should have been heard by now."""
    beating.look(now=job.now)
