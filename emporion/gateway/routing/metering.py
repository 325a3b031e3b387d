"""Counts monitored calls against the plan: the store is the truth, the plan's counter follows it.

Calls of the platform's own agents are not counted, nor simulated or imported ones, nor those of APIs that nobody registered. Late
calls come within a day or two, so the last days are counted anew and older ones are final.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Sum

from emporion.billing import queries as billing
from emporion.billing.actions import record_usage
from emporion.gateway.routing.models import Api, CallDay
from emporion.gateway.routing.plans import CALLS, NexusPlan, plan_of
from emporion.plumbing.types import Actor, Permission
from emporion.store import shared_store
from emporion.store.types import NOBODY

RECOUNTED_DAYS = 2


class _Day(msgspec.Struct):
    project_id: UUID
    day: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUse:
    """How much of a plan is used; `percent` is rounded down, 0 without a limit."""

    plan: NexusPlan
    calls: int
    is_over: bool

    @property
    def percent(self) -> int:
        """Of the calls that the plan includes."""
        return self.calls * 100 // self.plan.calls if self.plan.calls else 0


def meter_all(*, now: datetime) -> None:
    """Counts the calls of every organisation that has an API."""
    organisations = Api.objects.filter(is_platform=False).values_list("organisation_id", flat=True).distinct()
    for organisation_id in organisations.order_by("organisation_id"):
        meter(organisation_id, now=now)


def meter(organisation_id: UUID, *, now: datetime) -> None:
    """Counts an organisation's calls and tells billing of the new ones."""
    _recount(organisation_id, now)
    plan = plan_of(organisation_id)
    if plan.subscription_id is not None:
        _tell_billing(organisation_id, plan.subscription_id, _calls_used(organisation_id, plan, now=now), now)


def use_of(actor: Actor, project_id: UUID, *, now: datetime) -> PlanUse:
    """How much of its plan the actor's organisation has used."""
    actor.require(Permission.VIEW, project_id)
    plan = plan_of(actor.organisation)
    return PlanUse(plan=plan, calls=_calls_used(actor.organisation, plan, now=now), is_over=plan.is_over(now))


def _calls_used(organisation_id: UUID, plan: NexusPlan, *, now: datetime) -> int:
    """The calls since the plan's month, or the trial, began."""
    days = CallDay.objects.filter(organisation_id=organisation_id)
    if plan.subscription_id is not None:
        usage = billing.usage_of(Actor.system(organisation_id), plan.subscription_id, now=now)
        days = days.filter(day__gte=usage.period.start.date())
    return int(days.aggregate(sum=Sum("calls"))["sum"] or 0)


def _recount(organisation_id: UUID, now: datetime) -> None:
    apis = Api.objects.filter(organisation_id=organisation_id)
    projects = {str(api.project_id) for api in apis if not api.is_platform}
    since = (now - timedelta(days=RECOUNTED_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    if not projects:
        return
    # Nobody pays for the operator's model twice, nor for what traces tell of APIs that nobody registered: they are not watched.
    unpaid = [str(NOBODY), *(str(api.pk) for api in apis if api.is_platform)]
    rows = shared_store(settings.EVENTS_URL).rows(
        "SELECT project_id, toString(toDate(occurred_at)) AS day, count() AS calls FROM api_calls"
        " WHERE project_id IN {projects:Array(UUID)} AND occurred_at >= {since:DateTime64(3)}"
        " AND origin NOT IN ('simulation', 'import') AND api_id NOT IN {unpaid:Array(UUID)} GROUP BY project_id, day",
        {"projects": sorted(projects), "since": since, "unpaid": unpaid},
        as_=_Day,
    )
    for row in rows:
        CallDay.objects.update_or_create(
            organisation_id=organisation_id, project_id=row.project_id, day=row.day, defaults={"calls": row.calls}
        )


def _tell_billing(organisation_id: UUID, subscription_id: UUID, used: int, now: datetime) -> None:
    """Brings the plan's counter up to what was counted; the total is the key, so that a second try counts nothing."""
    usage = billing.usage_of(Actor.system(organisation_id), subscription_id, now=now)
    known = next((int(meter.used) for meter in usage.meters if meter.metric == CALLS), 0)
    if used > known:
        key = f"nexus:{usage.period.start.date()}:{used}"
        record_usage(subscription_id=subscription_id, metric=CALLS, quantity=used - known, event_id=key, now=now)
