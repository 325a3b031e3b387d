"""Jobs and listeners of status pages: keep them true, tell subscribers."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from emporion.nexus.statuspage import actions, days, subscribing
from emporion.nexus.statuspage.events import StatusPosted
from emporion.nexus.statuspage.models import Component, Subscriber
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import JobContext


@dataclass(frozen=True, slots=True, kw_only=True)
class MailUpdate:
    """Which update goes to which subscriber."""

    subscriber_id: UUID
    update_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDays:
    """Whose days are counted."""

    component_id: UUID


def keep_true(payload: Tick, *, job: JobContext) -> None:
    """Let components follow their APIs, and begin and end what was announced."""
    actions.advance_maintenance(now=job.now)
    for component in _living().filter(follows=True):
        days.follow(component, now=job.now)


def count_all_days(payload: Tick, *, job: JobContext) -> None:
    """Count each component's days in a job of its own; forget addresses that were never confirmed."""
    for component_id in _living().values_list("pk", flat=True):
        enqueue("nexus.statuspage.count_days", CountDays(component_id=component_id), now=job.now)
    subscribing.forget_unconfirmed(now=job.now)


def count_days(payload: CountDays, *, job: JobContext) -> None:
    """Count the days of one component."""
    component = _living().filter(pk=payload.component_id).first()
    if component is not None:
        days.count_days(component, now=job.now)


def tell_subscribers(event: StatusPosted, *, job: JobContext) -> None:
    """Hand each mail to a job of its own, once, so that one address that fails stops no other."""
    confirmed = Subscriber.objects.filter(page_id=event.page_id).exclude(confirmed_at=None)
    for subscriber_id in confirmed.values_list("pk", flat=True):
        mail = MailUpdate(subscriber_id=subscriber_id, update_id=event.update_id)
        enqueue("nexus.statuspage.mail_update", mail, now=job.now, key=f"status:{event.update_id}:{subscriber_id}")


def mail_update(payload: MailUpdate, *, job: JobContext) -> None:
    """Send one update to one subscriber."""
    subscribing.mail_update(subscriber_id=payload.subscriber_id, update_id=payload.update_id, now=job.now)


def _living() -> QuerySet[Component]:
    return Component.objects.filter(removed_at=None).select_related("page")
