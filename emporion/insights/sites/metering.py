"""Counts events against the plan: the store is the truth, the plan's counter follows it, and a full plan pauses counting.

Every event that was taken in stays. Late events come within a day, so the last days are counted anew and older ones are final.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from emporion.billing import queries as billing
from emporion.billing.actions import record_usage
from emporion.insights.sites.events import SiteChanged
from emporion.insights.sites.models import Site, SiteDay
from emporion.insights.sites.plans import EVENTS, SitePlan, plan_of
from emporion.insights.sites.types import PlanPause
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor
from emporion.store import shared_store

RECOUNTED_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What was counted of an organisation."""

    sites: tuple[Site, ...]
    plan: SitePlan
    used: int


class _Day(msgspec.Struct):
    site_id: UUID
    day: str
    events: int


def meter_all(*, now: datetime) -> Iterator[Metered]:
    """Counts the events of every organisation that measures websites, one after the other."""
    organisations = Site.objects.filter(removed_at=None, is_demo=False).values_list("organisation_id", flat=True).distinct()
    for organisation_id in organisations.order_by("organisation_id"):
        yield meter(organisation_id, now=now)


def meter(organisation_id: UUID, *, now: datetime) -> Metered:
    """Counts an organisation's events, tells billing of the new ones, and pauses or resumes its websites."""
    sites = list(Site.objects.filter(organisation_id=organisation_id, is_demo=False))
    _recount([site.pk for site in sites if site.removed_at is None], now)
    plan = plan_of(organisation_id)
    used = events_used(organisation_id, plan, now=now)
    if plan.subscription_id is not None:
        _tell_billing(organisation_id, plan.subscription_id, used, now)
    _pause(sites, _pause_of(plan, used, now), now)
    return Metered(sites=tuple(sites), plan=plan, used=used)


def events_used(organisation_id: UUID, plan: SitePlan, *, now: datetime) -> int:
    """The events since the plan's month, or the trial, began."""
    days = SiteDay.objects.filter(site__organisation_id=organisation_id, site__is_demo=False)
    if plan.subscription_id is not None:
        usage = billing.usage_of(Actor.system(organisation_id), plan.subscription_id, now=now)
        days = days.filter(day__gte=usage.period.start.date())
    return int(days.aggregate(sum=Sum("events"))["sum"] or 0)


def set_imported(*, site_id: UUID, days: Mapping[date, int]) -> None:
    """Says how many events of each day came by imports, all of them together: they are history and use up no plan."""
    with transaction.atomic():
        SiteDay.objects.filter(site_id=site_id).exclude(day__in=days).update(imported=0)
        for day, count in days.items():
            SiteDay.objects.update_or_create(site_id=site_id, day=day, defaults={"imported": count})


def _recount(site_ids: Sequence[UUID], now: datetime) -> None:
    """Counts the days that may still grow; a visit's steps are its events, each once."""
    if not site_ids:
        return
    since = (now - timedelta(days=RECOUNTED_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = shared_store(settings.EVENTS_URL).rows(
        "SELECT site_id, toString(toDate(started_at)) AS day, sum(length(step_ms)) AS events FROM site_sessions"
        " WHERE NOT is_deleted AND site_id IN {sites:Array(UUID)} AND started_at >= {since:DateTime64(3)} GROUP BY site_id, day",
        {"sites": [str(one) for one in site_ids], "since": since},
        as_=_Day,
    )
    apart = SiteDay.objects.filter(site_id__in=site_ids, day__gte=since.date(), imported__gt=0)
    imported = {(one.site_id, one.day.isoformat()): one.imported for one in apart}
    for row in rows:
        events = max(0, row.events - imported.get((row.site_id, row.day), 0))
        SiteDay.objects.update_or_create(site_id=row.site_id, day=row.day, defaults={"events": events})


def _tell_billing(organisation_id: UUID, subscription_id: UUID, used: int, now: datetime) -> None:
    """Brings the plan's counter up to what was counted; the total is the key, so that a second try counts nothing."""
    usage = billing.usage_of(Actor.system(organisation_id), subscription_id, now=now)
    known = next((int(meter.used) for meter in usage.meters if meter.metric == EVENTS), 0)
    if used > known:
        key = f"insights:{usage.period.start.date()}:{used}"
        record_usage(subscription_id=subscription_id, metric=EVENTS, quantity=used - known, event_id=key, now=now)


def _pause_of(plan: SitePlan, used: int, now: datetime) -> PlanPause | None:
    if plan.is_over(now):
        return PlanPause.TRIAL
    return PlanPause.LIMIT if plan.events is not None and used >= plan.events else None


def _pause(sites: Sequence[Site], wanted: PlanPause | None, now: datetime) -> None:
    for site in sites:
        if site.plan_pause != (wanted or ""):
            with transaction.atomic():
                Site.objects.filter(pk=site.pk).update(plan_pause=wanted or "")
                publish(SiteChanged(site_id=site.pk), now=now)
