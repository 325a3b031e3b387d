"""What runs in the background for checks."""

from datetime import timedelta

from emporion.nexus.checks import running
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext

KEPT = timedelta(days=95)


def run_checks(payload: Tick, *, job: JobContext) -> None:
    """Runs the checks whose time has come."""
    running.run_due(now=job.now)


def forget_hours(payload: Tick, *, job: JobContext) -> None:
    """Forgets the hours of long ago."""
    running.forget_hours(before=job.now - KEPT)
