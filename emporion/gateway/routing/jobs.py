"""What runs in the background for the gateway."""

from datetime import UTC, datetime

from django.conf import settings

from emporion.gateway.routing import metering, noticing, spending
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext
from emporion.store import shared_store
from emporion.store.schemas import ApiBody

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_budgets(payload: Tick, *, job: JobContext) -> None:
    """Count what is spent of each budget, and tell the shares that are reached."""
    spending.count_all(now=job.now)


def meter_calls(payload: Tick, *, job: JobContext) -> None:
    """Count the monitored calls against the plans."""
    metering.meter_all(now=job.now)


def notice_calls(payload: Tick, *, job: JobContext) -> None:
    """Note which keys are in use and which APIs had their first call."""
    noticing.notice(now=job.now)


def erase_bodies(payload: Tick, *, job: JobContext) -> None:
    """Erase the bodies whose days are over, whole days at once."""
    shared_store(settings.EVENTS_URL).drop_days(ApiBody, before=(job.now - EPOCH).days)
