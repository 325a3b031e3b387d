"""What runs in the background for websites."""

from emporion.insights.sites import metering
from emporion.insights.sites.standing import tell_of_trial
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def meter_events(payload: Tick, *, job: JobContext) -> None:
    """Count events against the plans, pause or resume what is full or fits again, and say so while somebody tries."""
    for one in metering.meter_all(now=job.now):
        tell_of_trial(one.sites, one.plan, one.used, now=job.now)
