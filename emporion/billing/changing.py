"""Changes plans: up at once for the difference to the second, down when the period that is paid ends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.billing import rules
from emporion.billing.errors import NotChangeable, UnknownPlan, UnknownSubscription
from emporion.billing.lifecycle import RUNNING, locked, record_change
from emporion.billing.models import Charge, Plan, Subscription
from emporion.billing.reading import plan_view, subscription_view
from emporion.billing.renewing import apply_plan, collect_charge, fail_charge, record_charge_payment
from emporion.billing.types import CHARGE, ChargeKind, ChargeState, Cycle, Period, PlanChangeQuote, PlanView, SubscriptionView
from emporion.kernel.money import Money
from emporion.payments import queries as payment_queries
from emporion.payments.actions import cancel_payment
from emporion.payments.types import PaymentState, PaymentView, Reason
from emporion.plumbing.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """What a change of plan did: the subscription as it is now and, for an upgrade, the payment."""

    subscription: SubscriptionView
    quote: PlanChangeQuote
    payment: PaymentView | None


def quote_for(row: Subscription, plan: PlanView, cycle: Cycle, now: datetime) -> PlanChangeQuote:
    """What a change costs: more than what is left of the present plan, now; else nothing, at the end of what is paid."""
    old, new = Money(row.price_minor, row.currency), rules.price(plan, cycle)
    old_cycle = Cycle(row.cycle)
    if row.state not in RUNNING or row.paused_by or row.period_end_at is None or new.currency != old.currency:
        raise NotChangeable(state=row.state)
    if (plan.id, cycle) == (row.plan_id, old_cycle):
        raise NotChangeable("This is the plan that you have.", next_step="Choose another plan or billing cycle.")
    in_trial = row.trial_ends_at is not None and row.trial_ends_at > now
    period = Period(start=row.period_start_at, end=row.period_end_at)
    if in_trial:
        proration = rules.Proration(credit=Money.zero(new.currency), debit=new)
    elif cycle is old_cycle:
        proration = rules.prorate(period, now, old=old, new=new)
    else:
        proration = rules.prorate_to_new_cycle(period, now, old=old, new=new)
    zero = Money.zero(new.currency)
    if proration.due.minor <= 0 and not in_trial:  # what is paid is used up first, so that nothing of it is lost
        return PlanChangeQuote(
            plan=plan, cycle=cycle, credit=zero, debit=zero, due_today=zero, starts_at=row.period_end_at, is_upgrade=False
        )
    return PlanChangeQuote(
        plan=plan,
        cycle=cycle,
        credit=proration.credit,
        debit=proration.debit,
        due_today=proration.due,
        starts_at=now,
        is_upgrade=True,
    )


def change_plan(*, subscription_id: UUID, plan_id: UUID, cycle: Cycle, actor: Actor, now: datetime) -> PlanChange:
    """Change to another plan of the same product; an upgrade works as soon as its difference is paid."""
    with transaction.atomic():
        row = locked(subscription_id, actor)
        target = Plan.objects.filter(pk=plan_id, product_id=row.product_id, is_current=True).first()
        if target is None:
            raise UnknownPlan(plan_id=str(plan_id))
        plan = plan_view(target)
        quote = quote_for(row, plan, cycle, now)
        charge = None
        record_change(row, "subscription.plan_changed", actor, now, detail=f"to {plan.name}, {cycle}")
        if not quote.is_upgrade:
            row.next_plan, row.next_cycle = target, cycle
            row.save(update_fields=["next_plan", "next_cycle"])
        elif not quote.due_today:
            apply_plan(row, plan, cycle, _paid_period(row, cycle, now), now=now)
        else:
            charge = _upgrade(row, target, quote, now)
    payment = collect_charge(charge_id=charge.id, now=now) if charge else None
    row.refresh_from_db()
    return PlanChange(subscription=subscription_view(row), quote=quote, payment=payment)


def keep_plan(*, subscription_id: UUID, actor: Actor, now: datetime) -> SubscriptionView:
    """Take back a change that would have come at the end of the period."""
    with transaction.atomic():
        row = locked(subscription_id, actor)
        row.next_plan, row.next_cycle = None, ""
        row.save(update_fields=["next_plan", "next_cycle"])
        record_change(row, "subscription.plan_kept", actor, now)
    return subscription_view(row)


def give_up_change(*, charge_id: UUID, actor: Actor, now: datetime) -> None:
    """Give up a change of plan whose payment waits for its buyer: the present plan stays; said again, it changes nothing.

    Where the buyer confirmed it at this very moment, the plan is changed; money that comes later goes back. Not to be called
    inside a transaction. Raises `ProviderUnreachable` where nothing is known.
    """
    upgrades = Charge.objects.filter(organisation_id=actor.organisation, kind=ChargeKind.UPGRADE)
    charge = upgrades.filter(pk=charge_id).first()
    if charge is None:
        raise UnknownSubscription(charge_id=str(charge_id))
    with transaction.atomic():
        row = locked(charge.subscription_id, actor)
    attempts = payment_queries.payments_for(actor, cause_type=CHARGE, cause_id=charge_id)
    if charge.state != ChargeState.DUE or not attempts or attempts[-1].state is not PaymentState.REQUIRES_ACTION:
        return
    payment = cancel_payment(payment_id=attempts[-1].id, actor=actor, now=now)
    if payment.state is not PaymentState.FAILED:
        record_charge_payment(charge_id=charge_id, payment=payment, now=now)
        return
    with transaction.atomic():
        if fail_charge(charge_id, reason=Reason.CANCELLED, now=now):
            record_change(row, "subscription.plan_kept", actor, now)


def _paid_period(row: Subscription, cycle: Cycle, now: datetime) -> Period:
    is_same = Cycle(row.cycle) is cycle and row.period_end_at is not None and row.trial_ends_at is None
    if is_same and row.period_end_at is not None:
        return Period(start=row.period_start_at, end=row.period_end_at)
    return Period(start=now, end=rules.add_months(now, cycle.months))


def _upgrade(row: Subscription, target: Plan, quote: PlanChangeQuote, now: datetime) -> Charge:
    open_one = Charge.objects.filter(subscription=row, kind=ChargeKind.UPGRADE, state=ChargeState.DUE).first()
    if open_one is not None:
        raise NotChangeable("A change of plan is on its way.", next_step="Go on with it, or keep the present plan first.")
    period = _paid_period(row, quote.cycle, now)
    return Charge.objects.create(
        subscription=row,
        organisation_id=row.organisation_id,
        kind=ChargeKind.UPGRADE,
        period_start_at=period.start,
        period_end_at=period.end,
        base_minor=quote.due_today.minor,
        currency=quote.due_today.currency,
        plan=target,
        cycle=quote.cycle,
        from_plan=row.plan,
        from_cycle=row.cycle,
        credit_minor=quote.credit.minor,
        created_at=now,
    )
