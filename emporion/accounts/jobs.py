"""What accounts does by the clock."""

from emporion.accounts import actions
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def delete_due(payload: Tick, *, job: JobContext) -> None:
    """Delete the accounts whose two weeks are over."""
    actions.delete_due(now=job.now)


def erase_exports(payload: Tick, *, job: JobContext) -> None:
    """Erase copies of data that can no longer be downloaded."""
    actions.erase_expired(now=job.now)
