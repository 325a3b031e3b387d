"""What runs in the background for providers' status pages."""

from emporion.nexus.providers import reading
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def read_status_pages(payload: Tick, *, job: JobContext) -> None:
    """Reads the pages whose time has come."""
    reading.read_due(now=job.now)
