"""What the ledger does by the clock."""

from emporion.ledger import actions
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def expire_credit(payload: Tick, *, job: JobContext) -> None:
    """Take back promotional credit whose time is over."""
    actions.expire_credit(now=job.now)
