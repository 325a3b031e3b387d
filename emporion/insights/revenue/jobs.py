"""What runs in the background: stored webhooks, the asking of Stripe, attribution and its second looks."""

from emporion.insights.revenue import attribution, inbox, intake
from emporion.insights.revenue.inbox import Arrived
from emporion.insights.revenue.models import Connection, Payment
from emporion.insights.revenue.recording import Due
from emporion.insights.revenue.syncing import SYNC, Ask
from emporion.insights.revenue.types import ConnectionKind
from emporion.insights.sites import queries as sites
from emporion.insights.sites.events import SiteChanged
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import JobContext


def apply_stripe_event(payload: Arrived, *, job: JobContext) -> None:
    """Apply a stored webhook."""
    inbox.apply(inbox_id=payload.inbox_id, now=job.now)


def attribute(payload: Due, *, job: JobContext) -> None:
    """Give a payment to visits."""
    attribution.attribute(payment_id=payload.payment_id, now=job.now)


def look_again(payload: Tick, *, job: JobContext) -> None:
    """Look again at payments whose visits may have come late."""
    attribution.look_again(now=job.now)


def take_again(payload: Tick, *, job: JobContext) -> None:
    """Take in what browsers said and nobody heard."""
    intake.take_again(now=job.now)


def ask_stripe(payload: Tick, *, job: JobContext) -> None:
    """Have every key asked."""
    for connection in Connection.objects.filter(kind=ConnectionKind.STRIPE_KEY, ended_at=None):
        enqueue(SYNC, Ask(connection_id=connection.pk), now=job.now)


def sync_stripe(payload: Ask, *, job: JobContext) -> None:
    """Ask Stripe with one key."""
    from emporion.insights.revenue import stripe_sync  # noqa: PLC0415 -- the official client takes a second to load

    stripe_sync.sync(connection_id=payload.connection_id, now=job.now)


def forget_raw(payload: Tick, *, job: JobContext) -> None:
    """Empty old webhooks."""
    inbox.forget_raw(now=job.now)


def reconsider_window(event: SiteChanged, *, job: JobContext) -> None:
    """Give payments to visits anew when their website counts another number of days."""
    site = sites.measured(event.site_id)
    if site is not None:
        other = Payment.objects.of(event.site_id).received().filter(attributed_at__isnull=False)
        other.exclude(window_days=site.attribution_days).update(check_at=job.now, checks=0)
