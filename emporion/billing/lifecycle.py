"""Starts, cancels, resumes and ends subscriptions."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.billing import rules
from emporion.billing.errors import NotChangeable, UnknownPlan, UnknownSubscription
from emporion.billing.events import SubscriptionCancelled, SubscriptionEnded, SubscriptionResumed, SubscriptionStarted
from emporion.billing.models import Plan, Subscription
from emporion.billing.reading import subscription_view
from emporion.billing.types import Cycle, SubscriptionStart, SubscriptionState, SubscriptionView
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

RUNNING = (SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE)


def start_subscription(*, start: SubscriptionStart, now: datetime) -> SubscriptionView:
    """Start what was bought, in the caller's transaction; starting the same id again changes nothing."""
    with transaction.atomic():
        plan = Plan.objects.select_related("product").filter(pk=start.plan_id).first()
        if plan is None:
            raise UnknownPlan(plan_id=str(start.plan_id))
        anchor = now + timedelta(days=start.trial_days)
        end = None if start.cycle is Cycle.ONCE else rules.add_months(anchor, start.cycle.months)
        if start.trial_days:
            end = anchor
        row, is_new = Subscription.objects.select_related("product", "plan", "next_plan").get_or_create(
            id=start.id,
            defaults={
                "organisation_id": start.organisation_id,
                "project_id": start.project_id,
                "person_id": start.person_id,
                "product": plan.product,
                "plan": plan,
                "cycle": start.cycle,
                "state": SubscriptionState.ACTIVE,
                "price_minor": start.price.minor,
                "currency": start.price.currency,
                "payment_method": start.payment_method,
                "payment_token": start.payment_token,
                "anchor_at": anchor,
                "period_start_at": now,
                "period_end_at": end,
                "due_at": None if end is None else rules.period_at(anchor, 1, now).end,
                "trial_ends_at": anchor if start.trial_days else None,
                "created_at": now,
            },
        )
        if is_new:
            publish(_started(row), now=now)
    return subscription_view(row)


def _started(row: Subscription) -> SubscriptionStarted:
    return SubscriptionStarted(
        subscription_id=row.id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        product_id=row.product_id,
        plan_id=row.plan_id,
        person_id=row.person_id,
        delivery=row.product.delivery,
    )


def cancel_subscription(*, subscription_id: UUID, actor: Actor, now: datetime) -> SubscriptionView:
    """Stop a subscription at the end of what is paid; until then it works and can be resumed."""
    with transaction.atomic():
        row = locked(subscription_id, actor)
        if row.state not in RUNNING:
            raise NotChangeable("This subscription does not run.", state=row.state)
        ends_at = row.period_end_at or now
        row.state, row.cancel_at_period_end, row.next_plan, row.next_cycle = SubscriptionState.CANCELLED, True, None, ""
        row.due_at = row.due_at or now
        row.save(update_fields=["state", "cancel_at_period_end", "next_plan", "next_cycle", "due_at"])
        event = SubscriptionCancelled(
            subscription_id=row.id, organisation_id=row.organisation_id, product_name=row.name, ends_at=ends_at
        )
        publish(event, now=now)
        record_change(row, "subscription.cancelled", actor, now)
    return subscription_view(row)


def label_subscription(*, subscription_id: UUID, label: str) -> None:
    """Call a subscription as its organisation calls what it bought; whoever may name that has been asked where it is named."""
    Subscription.objects.filter(id=subscription_id).update(label=label)


def end_given_back(*, subscription_id: UUID, actor: Actor, now: datetime) -> None:
    """Let a subscription whose money went back work until its period ends, and never again."""
    with transaction.atomic():
        row = locked(subscription_id, actor)
        row.given_back_at = row.given_back_at or now
        row.save(update_fields=["given_back_at"])
        if row.state in RUNNING:
            cancel_subscription(subscription_id=subscription_id, actor=actor, now=now)


def resume_subscription(*, subscription_id: UUID, actor: Actor, now: datetime) -> SubscriptionView:
    """Take a cancellation back before the period ends."""
    with transaction.atomic():
        row = locked(subscription_id, actor)
        has_time = row.period_end_at is not None and row.period_end_at > now
        if row.state != SubscriptionState.CANCELLED or not has_time or row.given_back_at is not None:
            raise NotChangeable(
                "This subscription cannot be resumed.",
                next_step="Buy it again from the marketplace; your settings are kept.",
                state=row.state,
            )
        row.state, row.cancel_at_period_end = SubscriptionState.ACTIVE, False
        row.save(update_fields=["state", "cancel_at_period_end"])
        publish(SubscriptionResumed(subscription_id=row.id, organisation_id=row.organisation_id), now=now)
        record_change(row, "subscription.resumed", actor, now)
    return subscription_view(row)


def record_change(row: Subscription, verb: str, actor: Actor, now: datetime, *, detail: str = "") -> None:
    """Say in the audit log who changed a subscription, and how."""
    what = f"{row.product.name} {row.plan.name}{f': {detail}' if detail else ''}"
    record_audit(actor=actor, verb=verb, object_type="subscription", object_id=row.id, detail=what, now=now)


def end_all(*, organisation_id: UUID, now: datetime) -> int:
    """End everything that an organisation runs at once, because it is closed; returns how many ended."""
    with transaction.atomic():
        rows = Subscription.objects.select_for_update(of=("self",)).select_related("product")
        running = list(rows.filter(organisation_id=organisation_id).exclude(state=SubscriptionState.ENDED))
        for row in running:
            row.state, row.ended_at, row.due_at, row.next_plan = SubscriptionState.ENDED, now, None, None
            row.save(update_fields=["state", "ended_at", "due_at", "next_plan"])
            event = SubscriptionEnded(subscription_id=row.id, organisation_id=row.organisation_id, product_name=row.name)
            publish(event, now=now)
    return len(running)


def locked(subscription_id: UUID, actor: Actor) -> Subscription:
    """The subscription, locked, for an actor who may buy in its project."""
    row = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("product", "plan", "next_plan")
        .filter(pk=subscription_id, organisation_id=actor.organisation)
        .first()
    )
    if row is None or not (actor.sees_project(row.project_id)):
        raise UnknownSubscription(subscription_id=str(subscription_id))
    actor.require(Permission.PURCHASE, row.project_id)
    return row
