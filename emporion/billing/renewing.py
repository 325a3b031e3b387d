"""Charges running subscriptions: the next period, last month's usage, upgrades; each period once, however often it is tried."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.billing import rules
from emporion.billing.errors import NotChangeable, UnknownSubscription
from emporion.billing.events import PlanChanged, RenewalFailed, SubscriptionEnded, SubscriptionRenewed
from emporion.billing.lifecycle import locked
from emporion.billing.models import Charge, Subscription, UsageCounter
from emporion.billing.reading import plan_view
from emporion.billing.revenue import post_sale
from emporion.billing.types import (
    CHARGE,
    ChargeKind,
    ChargeState,
    Cycle,
    Period,
    PlanView,
    Sale,
    SalePart,
    SubscriptionState,
)
from emporion.kernel.money import Money
from emporion.ledger.types import AccountKind, AccountRef
from emporion.payments import queries as payment_queries
from emporion.payments.actions import start_payment
from emporion.payments.types import Method, PaymentRequest, PaymentState, PaymentView
from emporion.plumbing.actions import enqueue, publish
from emporion.plumbing.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDue:
    """The payload of the job that collects a charge."""

    charge_id: UUID


def renew_due(*, now: datetime, limit: int = 500) -> int:
    """Close the month of every subscription whose time has come; returns how many were looked at."""
    due = list(Subscription.objects.due(now).order_by("due_at").values_list("pk", flat=True)[:limit])
    for subscription_id in due:
        _renew(subscription_id, now)
    return len(due)


def _renew(subscription_id: UUID, now: datetime) -> None:
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "product", "next_plan")
        subscription = row.get(pk=subscription_id)
        if subscription.due_at is None or subscription.due_at > now or subscription.state == SubscriptionState.ENDED:
            return
        at = subscription.due_at
        overage = _close_month(subscription, at, now)
        is_over = subscription.period_end_at is not None and subscription.period_end_at <= at
        if is_over and subscription.cancel_at_period_end:
            _end(subscription, at, now)
        elif is_over:
            _start_next_period(subscription, at)
        subscription.due_at = None if subscription.state == SubscriptionState.ENDED else _next_due(subscription, at)
        is_charged = is_over and subscription.state != SubscriptionState.ENDED and not subscription.paused_by
        base = subscription.price_minor if is_charged else 0
        subscription.save()
        _make_charge(subscription, at, base=base, overage=overage, now=now)


def _next_due(subscription: Subscription, at: datetime) -> datetime:
    return rules.period_at(subscription.anchor_at, 1, at).end


def _close_month(subscription: Subscription, at: datetime, now: datetime) -> int:
    """What last month's usage still costs, in minor units; what the wallet paid already goes to the sellers."""
    plan = plan_view(subscription.plan)
    start = rules.period_at(subscription.anchor_at, 1, at - rules.INSTANT).start
    open_minor = 0
    for counter in UsageCounter.objects.filter(subscription=subscription, period_start_at=start):
        component = plan.component(counter.metric)
        if component is None:
            continue
        cost = rules.rate_usage(component, rules.from_micros(counter.quantity_micros), plan.currency)
        paid = Money(counter.paid_micros // Money(1, plan.currency).micros, plan.currency)
        open_minor += max(cost.minor - paid.minor, 0)
        if paid:
            key = f"billing.usage-month:{counter.id}"
            account = AccountRef(kind=AccountKind.DEFERRED_REVENUE, currency=plan.currency, part="usage")
            post_sale(sale=_sale(subscription, plan, paid, "usage", (counter.id, account)), key=key, now=now)
    return open_minor


def _sale(subscription: Subscription, plan: PlanView, amount: Money, kind: str, source: tuple[UUID, AccountRef | None]) -> Sale:
    cause_id, account = source
    part = SalePart(provider_id=subscription.product.provider_id, provider_percent=plan.provider_percent, amount=amount)
    return Sale(
        kind=kind,
        organisation_id=subscription.organisation_id,
        cause_type=CHARGE,
        cause_id=cause_id,
        parts=(part,),
        paid_from=account,
    )


def _end(subscription: Subscription, at: datetime, now: datetime) -> None:
    subscription.state, subscription.ended_at = SubscriptionState.ENDED, at
    event = SubscriptionEnded(
        subscription_id=subscription.id,
        organisation_id=subscription.organisation_id,
        product_name=subscription.name,
    )
    publish(event, now=now)


def _start_next_period(subscription: Subscription, at: datetime) -> None:
    if subscription.next_plan is not None:
        cycle = Cycle(subscription.next_cycle)
        subscription.plan, subscription.cycle = subscription.next_plan, cycle
        subscription.price_minor = rules.price(plan_view(subscription.plan), cycle).minor
        subscription.next_plan, subscription.next_cycle = None, ""
    period = rules.period_at(subscription.anchor_at, Cycle(subscription.cycle).months, at)
    if period.start != at:  # the cycle changed: years are counted from here on
        subscription.anchor_at = at
        period = rules.period_at(at, Cycle(subscription.cycle).months, at)
    subscription.period_start_at, subscription.period_end_at = period.start, period.end
    subscription.trial_ends_at = None


def _make_charge(subscription: Subscription, at: datetime, *, base: int, overage: int, now: datetime) -> None:
    if base + overage == 0:
        return
    charge, is_new = Charge.objects.get_or_create(
        subscription=subscription,
        kind=ChargeKind.RENEWAL if base else ChargeKind.USAGE,
        period_start_at=at,
        defaults={
            "organisation_id": subscription.organisation_id,
            "period_end_at": (base and subscription.period_end_at) or _next_due(subscription, at),
            "base_minor": base,
            "overage_minor": overage,
            "currency": subscription.currency,
            "plan": subscription.plan,
            "cycle": subscription.cycle,
            "created_at": now,
        },
    )
    if is_new:
        ask(charge, now)


def charge_rest_of_period(row: Subscription, now: datetime) -> None:
    """Charge what is left of a period that began while the subscription was paused, to the second; no other is charged again."""
    if row.period_end_at is None or row.period_end_at <= now or row.period_start_at <= row.created_at:
        return
    charges = Charge.objects.filter(subscription=row, period_start_at=row.period_start_at).exclude(kind=ChargeKind.USAGE)
    if row.state != SubscriptionState.ENDED and not charges.exists():
        period, price = Period(start=row.period_start_at, end=row.period_end_at), Money(row.price_minor, row.currency)
        rest = rules.prorate(period, now, old=Money.zero(row.currency), new=price).debit
        _make_charge(row, row.period_start_at, base=rest.minor, overage=0, now=now)


def ask(charge: Charge, now: datetime) -> None:
    """Have a job collect the charge, in the caller's transaction; asked again only after an attempt has ended."""
    enqueue("billing.collect_charge", ChargeDue(charge_id=charge.id), now=now, key=f"charge:{charge.id}:{charge.attempts}")


def collect_charge(*, charge_id: UUID, token: str = "", now: datetime) -> PaymentView | None:
    """Charge what is due with the subscription's payment method; a repeat of the same attempt charges nothing more."""
    charge = Charge.objects.select_related("subscription__product", "plan").get(pk=charge_id)
    if charge.state != ChargeState.DUE:
        return None
    subscription = charge.subscription
    actor = Actor.system(charge.organisation_id)
    method = Method(subscription.payment_method)
    if method is Method.CARD and not token:
        saved = next((kept for kept in payment_queries.saved_methods(actor) if kept.is_default), None)
        if saved is None:
            fail_charge(charge_id, reason="no_card", now=now)
            return None
        token = saved.token
    request = PaymentRequest(
        organisation_id=charge.organisation_id,
        amount=Money(charge.base_minor + charge.overage_minor, charge.currency),
        method=method,
        cause_type=CHARGE,
        cause_id=charge.id,
        key=f"charge:{charge.id}:{charge.attempts}",
        token=token,
        return_url=f"/subscriptions/{subscription.id}/?charge={charge.id}",
        description=_description(charge, method),
        save_method=bool(token) and not token.startswith("saved:"),
    )
    payment = start_payment(request=request, actor=actor, now=now)
    record_charge_payment(charge_id=charge_id, payment=payment, now=now)
    return payment


def _description(charge: Charge, method: Method) -> str:
    """What is paid for; on a transfer it is the reference, by which the money is told from that of other months."""
    name = f"{charge.subscription.product.name} {charge.plan.name}"
    return f"{name} {charge.id.hex[-8:].upper()}" if method is Method.INVOICE else name


def record_charge_payment(*, charge_id: UUID, payment: PaymentView, now: datetime) -> None:
    """Bring a charge to where its payment stands; a final charge stays as it is."""
    if payment.may_deliver:
        settle_charge(charge_id, now=now)
    elif payment.state is PaymentState.FAILED:
        fail_charge(charge_id, reason=str(payment.reason), now=now)


def settle_charge(charge_id: UUID, *, now: datetime) -> None:
    """Mark a charge as paid once, post the sale, and give the subscription what was paid for; not a change that was dropped."""
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).select_related("subscription__product", "plan").get(pk=charge_id)
        if charge.state == ChargeState.PAID or charge.is_dropped:
            return
        charge.state, charge.settled_at, charge.reason = ChargeState.PAID, now, ""
        charge.save(update_fields=["state", "settled_at", "reason"])
        subscription = charge.subscription
        amount = Money(charge.base_minor + charge.overage_minor, charge.currency)
        plan = plan_view(charge.plan)
        post_sale(sale=_sale(subscription, plan, amount, "renewal", (charge.id, None)), key=f"charge:{charge.id}", now=now)
        if charge.kind == ChargeKind.UPGRADE:
            period = Period(start=charge.period_start_at, end=charge.period_end_at)
            apply_plan(subscription, plan, Cycle(charge.cycle), period, now=now)
        if subscription.state == SubscriptionState.PAST_DUE:
            subscription.state = SubscriptionState.ACTIVE
            subscription.save(update_fields=["state"])
        event = SubscriptionRenewed(
            subscription_id=subscription.id,
            organisation_id=subscription.organisation_id,
            charge_id=charge.id,
            amount_minor=amount.minor,
            currency=amount.currency,
        )
        publish(event, now=now)


def fail_charge(charge_id: UUID, *, reason: str, now: datetime) -> bool:
    """Note that a charge did not go through; a renewal makes the subscription past due, an upgrade just does not happen.

    False where it is final already, and nothing is noted.
    """
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).select_related("subscription__product").get(pk=charge_id)
        if charge.state != ChargeState.DUE:
            return False
        subscription = charge.subscription
        is_upgrade = charge.kind == ChargeKind.UPGRADE
        charge.state, charge.reason = ChargeState.VOID if is_upgrade else ChargeState.FAILED, reason
        charge.save(update_fields=["state", "reason"])
        if is_upgrade:
            return True
        if subscription.state == SubscriptionState.ACTIVE:
            subscription.state = SubscriptionState.PAST_DUE
            subscription.save(update_fields=["state"])
        event = RenewalFailed(
            subscription_id=subscription.id,
            organisation_id=subscription.organisation_id,
            product_name=subscription.name,
            charge_id=charge.id,
            amount_minor=charge.base_minor + charge.overage_minor,
            currency=charge.currency,
            reason=reason,
        )
        publish(event, now=now)
    return True


def pay_charge(*, charge_id: UUID, token: str, actor: Actor, now: datetime) -> PaymentView | None:
    """Pay a charge that failed, with another card; never while an attempt is still under way."""
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).filter(pk=charge_id, organisation_id=actor.organisation).first()
        if charge is None:
            raise UnknownSubscription(charge_id=str(charge_id))
        locked(charge.subscription_id, actor)
        if charge.state != ChargeState.FAILED:
            raise NotChangeable("There is nothing to pay here.", state=charge.state)
        charge.state, charge.attempts = ChargeState.DUE, charge.attempts + 1
        charge.save(update_fields=["state", "attempts"])
    return collect_charge(charge_id=charge_id, token=token, now=now)


def apply_plan(subscription: Subscription, plan: PlanView, cycle: Cycle, period: Period, *, now: datetime) -> None:
    """Give a subscription another plan from now on, in the caller's transaction."""
    if Cycle(subscription.cycle) is not cycle or subscription.trial_ends_at is not None:
        subscription.anchor_at = period.start
        subscription.period_start_at, subscription.period_end_at = period.start, period.end
        subscription.due_at = rules.period_at(period.start, 1, period.start).end
        subscription.trial_ends_at = None
    subscription.plan_id, subscription.cycle = plan.id, cycle
    subscription.price_minor = rules.price(plan, cycle).minor
    subscription.next_plan, subscription.next_cycle = None, ""
    subscription.save()
    event = PlanChanged(
        subscription_id=subscription.id,
        organisation_id=subscription.organisation_id,
        plan_id=plan.id,
        plan_name=plan.name,
    )
    publish(event, now=now)
