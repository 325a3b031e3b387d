"""Counts usage exactly once, tells when a threshold is crossed, and takes usage from the wallet where that is how it is paid."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F

from emporion.billing import rules
from emporion.billing.errors import EventCountedDifferently, UnknownSubscription
from emporion.billing.events import UsageCounted, UsageThresholdReached
from emporion.billing.models import Subscription, UsageAlert, UsageCounter, UsageRecord
from emporion.billing.reading import plan_view
from emporion.billing.types import ComponentSpec, PlanView, UsageState
from emporion.ledger.actions import meter
from emporion.ledger.errors import InsufficientCredit
from emporion.ledger.types import AccountKind, AccountRef, Cause, WalletUsage
from emporion.plumbing.actions import publish

log = structlog.get_logger()


def record_usage(*, subscription_id: UUID, metric: str, quantity: int | Decimal, event_id: str, now: datetime) -> UsageState:
    """Count one use; the same event id counts once for ever, and with another quantity is `EventCountedDifferently`.

    Crossing 80, 90 and 100 % publishes `UsageThresholdReached`, once per threshold and month.
    """
    micros = rules.to_micros(quantity)
    with transaction.atomic():
        subscription = Subscription.objects.select_related("plan", "product").filter(pk=subscription_id).first()
        if subscription is None:
            raise UnknownSubscription(subscription_id=str(subscription_id))
        plan = plan_view(subscription.plan)
        component = plan.component(metric)
        record, is_new = _recorded(subscription, metric, event_id, micros, now)
        if record.quantity_micros != micros:
            counted = str(rules.from_micros(record.quantity_micros))
            raise EventCountedDifferently(event_id=event_id, counted=counted, asked=str(quantity))
        counter = _counter(subscription, metric, now, more=micros if is_new else 0)
        if is_new:
            publish(_counted(subscription, record), now=now)
        used = rules.from_micros(counter.quantity_micros)
        if is_new and component:
            before = rules.from_micros(counter.quantity_micros - micros)
            _alert(subscription, component, counter, (before, used), now)
            if subscription.payment_method == "wallet":
                _take_from_wallet(plan, component, record, counter, before, now)
    included = component.included if component else None
    return UsageState(metric=metric, used=used, included=included, percent=rules.percent_used(used, included), is_new=is_new)


def _counted(subscription: Subscription, record: UsageRecord) -> UsageCounted:
    return UsageCounted(
        record_id=record.pk,
        subscription_id=subscription.pk,
        organisation_id=subscription.organisation_id,
        project_id=subscription.project_id,
        product_slug=subscription.product.slug,
        metric=record.metric,
        quantity_micros=record.quantity_micros,
        used_at=record.used_at,
    )


def _recorded(subscription: Subscription, metric: str, event_id: str, micros: int, now: datetime) -> tuple[UsageRecord, bool]:
    """The record of a use, and whether it is new; nearly all are, so that it is added first and looked for when that fails."""
    which: dict[str, Any] = {"subscription": subscription, "metric": metric, "event_id": event_id}
    try:
        with transaction.atomic():
            return UsageRecord.objects.create(**which, quantity_micros=micros, used_at=now), True
    except IntegrityError:
        return UsageRecord.objects.get(**which), False


def _counter(subscription: Subscription, metric: str, now: datetime, *, more: int) -> UsageCounter:
    """The month's counter after so much more."""
    period = rules.period_at(subscription.anchor_at, 1, now)
    which: dict[str, Any] = {"subscription": subscription, "metric": metric, "period_start_at": period.start}
    counters = UsageCounter.objects.filter(**which)
    if not counters.update(quantity_micros=F("quantity_micros") + more):
        UsageCounter.objects.get_or_create(**which)
        counters.update(quantity_micros=F("quantity_micros") + more)
    return counters.get()


def _alert(
    subscription: Subscription,
    component: ComponentSpec,
    counter: UsageCounter,
    step: tuple[Decimal, Decimal],
    now: datetime,
) -> None:
    before, used = step
    for threshold in rules.crossed(before, used, component.included):
        _, is_new = UsageAlert.objects.get_or_create(
            subscription=subscription,
            metric=component.metric,
            period_start_at=counter.period_start_at,
            threshold=threshold,
            defaults={"created_at": now},
        )
        if not is_new:
            continue
        event = UsageThresholdReached(
            subscription_id=subscription.id,
            organisation_id=subscription.organisation_id,
            product_name=subscription.name,
            metric=component.metric,
            label=component.label,
            threshold=threshold,
            used=int(used),
            included=component.included or 0,
            period_start_at=counter.period_start_at,
            at_limit=subscription.plan.at_limit,
        )
        publish(event, now=now)


def _take_from_wallet(
    plan: PlanView,
    component: ComponentSpec,
    record: UsageRecord,
    counter: UsageCounter,
    before: Decimal,
    now: datetime,
) -> None:
    """Pay the use at once; what the wallet cannot pay stays on the counter and is charged at the end of the month."""
    cost = rules.usage_micros(component, before, rules.from_micros(counter.quantity_micros), plan.currency)
    if cost <= 0:
        return
    usage = WalletUsage(
        organisation_id=record.subscription.organisation_id,
        micros=cost,
        currency=plan.currency,
        cause=Cause(type="billing.usage", id=record.id),
        to=AccountRef(kind=AccountKind.DEFERRED_REVENUE, currency=plan.currency, part="usage"),
    )
    try:
        with transaction.atomic():
            meter(usage=usage, key=f"billing.usage:{record.id}", now=now)
    except InsufficientCredit:
        log.info("usage_not_paid_by_wallet", subscription=str(record.subscription_id), micros=cost)
        return
    UsageCounter.objects.filter(pk=counter.pk).update(paid_micros=F("paid_micros") + cost)
