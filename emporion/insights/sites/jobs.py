"""What runs in the background for websites."""

from emporion.insights.sites import metering
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def meter_events(payload: Tick, *, job: JobContext) -> None:
    """Count events against the plans, and pause or resume what is full or fits again."""
    metering.meter_all(now=job.now)
