"""Answers of billing: what is on sale and for how much, what runs, what was used and whether one more use is allowed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from emporion.billing import rules
from emporion.billing.changing import quote_for
from emporion.billing.errors import UnknownPlan, UnknownSubscription
from emporion.billing.models import Bundle, Charge, Plan, Product, Subscription, UsageCounter, UsageRecord
from emporion.billing.reading import OF_CHARGES, charge_view, plan_view, product_view, subscription_view
from emporion.billing.types import (
    Admission,
    BundleView,
    ChargeKind,
    ChargeState,
    ChargeView,
    Cycle,
    MeterView,
    Period,
    PlanChangeQuote,
    PlanChoice,
    PlanView,
    ProductView,
    Quote,
    SubscriptionState,
    SubscriptionView,
    UsageView,
    UseView,
)
from emporion.kernel.errors import NotFound
from emporion.kernel.money import total
from emporion.ledger.queries import wallet_of
from emporion.plumbing.types import Actor, ActorKind

USABLE = (SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE, SubscriptionState.CANCELLED)
NOT_USABLE = "The subscription does not run."
PAUSED = "The subscription is paused."  # visitors of strangers' websites read this: it says nothing of money


# --- on sale, for everybody -------------------------------------------------------------------------------------------


def product(slug: str) -> ProductView:
    """A product on sale with its current plans."""
    row = Product.objects.filter(slug=slug, is_on_sale=True).first()
    if row is None:
        raise NotFound("This is not on sale.", next_step="Look for it in the marketplace.", slug=slug)
    return product_view(row, plans_of(row.id))


def product_by_id(product_id: UUID) -> ProductView:
    """A product on sale, by the id of its offering."""
    row = Product.objects.filter(pk=product_id, is_on_sale=True).first()
    if row is None:
        raise NotFound("This is not on sale.", next_step="Look for it in the marketplace.", offering=str(product_id))
    return product_view(row, plans_of(row.id))


def refund_days_of(product_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How long the money can be asked back by the present terms of products, also of those that left the marketplace."""
    return dict(Product.objects.filter(pk__in=list(product_ids)).values_list("id", "refund_days"))


def plan(plan_id: UUID) -> PlanView:
    """Any version of a plan, by its id."""
    row = Plan.objects.filter(pk=plan_id).first()
    if row is None:
        raise UnknownPlan(plan_id=str(plan_id))
    return plan_view(row)


def choice(plan_id: UUID, cycle: Cycle) -> PlanChoice:
    """A plan that is on sale now, in a cycle."""
    row = Plan.objects.select_related("product").filter(pk=plan_id, is_current=True, product__is_on_sale=True).first()
    if row is None:
        raise UnknownPlan(plan_id=str(plan_id), field="plan")
    return PlanChoice(plan=plan_view(row), cycle=cycle, product_name=row.product.name)


def plans_of(product_id: UUID) -> tuple[PlanView, ...]:
    """The current plans of a product in the provider's order."""
    rows = Plan.objects.filter(product_id=product_id, is_current=True).prefetch_related("components")
    return tuple(plan_view(row) for row in rows.order_by("position"))


def plans_of_many(product_ids: Iterable[UUID]) -> dict[UUID, tuple[PlanView, ...]]:
    """The current plans of several products at once, for lists and comparisons."""
    found: dict[UUID, tuple[PlanView, ...]] = {}
    rows = Plan.objects.filter(product_id__in=list(product_ids), is_current=True).prefetch_related("components")
    for row in rows.order_by("position"):
        found[row.product_id] = (*found.get(row.product_id, ()), plan_view(row))
    return found


def bundle(slug: str) -> BundleView:
    """A bundle on sale with the plans that are in it now."""
    row = Bundle.objects.filter(slug=slug, is_on_sale=True).first()
    if row is None:
        raise NotFound("This bundle is not on sale.", next_step="Look at the other bundles.", slug=slug)
    return _bundle_view(row)


def bundles() -> tuple[BundleView, ...]:
    """Every bundle on sale."""
    return tuple(_bundle_view(row) for row in Bundle.objects.filter(is_on_sale=True).order_by("name"))


def _bundle_view(row: Bundle) -> BundleView:
    items = []
    for item in row.items.select_related("product"):
        plan = Plan.objects.filter(product=item.product, slug=item.plan_slug, is_current=True).first()
        if plan is None or not item.product.is_on_sale:
            raise UnknownPlan(product=item.product.slug, plan=item.plan_slug)
        items.append(PlanChoice(plan=plan_view(plan), cycle=Cycle(item.cycle), product_name=item.product.name))
    return BundleView(
        id=row.id, slug=row.slug, name=row.name, tagline=row.tagline, percent_off=row.percent_off, items=tuple(items)
    )


def users_by_product() -> dict[UUID, int]:
    """How many organisations have a running subscription to each product."""
    running = Subscription.objects.filter(state__in=USABLE)
    counts = running.values_list("product_id").annotate(count=Count("organisation_id", distinct=True))
    return dict(counts)


def quote(choice: PlanChoice, *, now: datetime) -> Quote:
    """What a plan costs in a cycle, and what is due today."""
    return rules.quote(choice.plan, choice.cycle, now=now, product_name=choice.product_name)


def quote_bundle(bundle: BundleView, *, now: datetime) -> Quote:
    """What a bundle costs, its percentage shared out to its lines."""
    return rules.quote_bundle(bundle.items, bundle_percent=bundle.percent_off, now=now)


# --- what an organisation has -----------------------------------------------------------------------------------------


def subscriptions_of(actor: Actor) -> tuple[SubscriptionView, ...]:
    """Every subscription in the projects that the actor sees, newest first."""
    rows = _visible(actor).prefetch_related("plan__components").order_by("-created_at")
    return tuple(subscription_view(row) for row in rows)


def subscription(actor: Actor, subscription_id: UUID) -> SubscriptionView:
    """One subscription of the actor's organisation."""
    return subscription_view(_one(actor, subscription_id))


def has_bought(actor: Actor, product_id: UUID) -> bool:
    """Whether the actor's organisation ever subscribed to a product: its reviews are verified, its trial is used up."""
    return Subscription.objects.filter(organisation_id=actor.organisation, product_id=product_id).exists()


def held(actor: Actor, plan_ids: Iterable[UUID]) -> SubscriptionView | None:
    """The newest running subscription of the organisation to one of some plans, of whatever version, cycle and project."""
    is_wanted = Q(pk__in=[])
    for product_id, slug in Plan.objects.filter(pk__in=list(plan_ids)).values_list("product_id", "slug"):
        is_wanted |= Q(product_id=product_id, plan__slug=slug)
    rows = Subscription.objects.filter(is_wanted, organisation_id=actor.organisation, state__in=USABLE)
    row = rows.select_related("product", "plan", "next_plan").order_by("-created_at").first()
    return subscription_view(row) if row else None


def charges_of(actor: Actor, *, limit: int = 50) -> tuple[ChargeView, ...]:
    """The newest charges of running subscriptions: renewals, usage, upgrades."""
    rows = Charge.objects.filter(subscription__in=_visible(actor)).select_related(*OF_CHARGES)
    return tuple(charge_view(row) for row in rows.order_by("-created_at")[:limit])


def charges_by_id(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, ChargeView]:
    """Those of some charges whose subscriptions the actor sees."""
    rows = Charge.objects.filter(pk__in=list(ids), subscription__in=_visible(actor)).select_related(*OF_CHARGES)
    return {row.id: charge_view(row) for row in rows}


def _visible(actor: Actor) -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(organisation_id=actor.organisation).select_related("product", "plan", "next_plan")
    return rows if actor.kind is ActorKind.SYSTEM else rows.filter(project_id__in=actor.project_ids)


def _one(actor: Actor, subscription_id: UUID) -> Subscription:
    row = _visible(actor).filter(pk=subscription_id).first()
    if row is None:
        raise UnknownSubscription(subscription_id=str(subscription_id))
    return row


def charges_for(actor: Actor, subscription_id: UUID) -> tuple[ChargeView, ...]:
    """The charges of one subscription, newest first."""
    rows = Charge.objects.filter(subscription__in=_visible(actor), subscription_id=subscription_id)
    return tuple(charge_view(row) for row in rows.select_related(*OF_CHARGES).order_by("-created_at")[:24])


def paid_upgrades(actor: Actor, subscription_id: UUID) -> tuple[ChargeView, ...]:
    """What changes of plan of a subscription cost so far, oldest first."""
    rows = Charge.objects.filter(subscription__in=_visible(actor), subscription_id=subscription_id, kind=ChargeKind.UPGRADE)
    rows = rows.filter(state=ChargeState.PAID).select_related(*OF_CHARGES)
    return tuple(charge_view(row) for row in rows.order_by("created_at"))


def charge_of(actor: Actor, charge_id: UUID) -> ChargeView:
    """One charge of a subscription that the actor sees."""
    row = Charge.objects.filter(pk=charge_id, subscription__in=_visible(actor)).select_related(*OF_CHARGES).first()
    if row is None:
        raise UnknownSubscription(charge_id=str(charge_id))
    return charge_view(row)


def change_quote(actor: Actor, subscription_id: UUID, choice: PlanChoice, *, now: datetime) -> PlanChangeQuote:
    """What a change of plan costs and when it starts, by the rule that also charges it."""
    return quote_for(_one(actor, subscription_id), choice.plan, choice.cycle, now)


# --- usage ------------------------------------------------------------------------------------------------------------


def usage_of(actor: Actor, subscription_id: UUID, *, now: datetime) -> UsageView:
    """The present month of a subscription: used against included, the projection, and what it costs so far."""
    row = _one(actor, subscription_id)
    plan = plan_view(row.plan)
    period = rules.period_at(row.anchor_at, 1, now)
    counters = UsageCounter.objects.filter(subscription=row, period_start_at=period.start)
    used = {counter.metric: rules.from_micros(counter.quantity_micros) for counter in counters}
    meters = tuple(
        rules.meter(plan, component, used.get(component.metric, Decimal(0)), period=period, now=now)
        for component in plan.components
    )
    cost = total((meter.cost_so_far for meter in meters), plan.currency)
    return UsageView(subscription_id=row.id, period=period, meters=meters, cost_so_far=cost)


def primary_meters(actor: Actor, *, now: datetime) -> dict[UUID, MeterView]:
    """The first meter of every subscription that the actor sees, in three queries; for lists."""
    rows = list(_visible(actor).prefetch_related("plan__components"))
    periods = {row.id: rules.period_at(row.anchor_at, 1, now) for row in rows}
    oldest = min((period.start for period in periods.values()), default=now)
    counters = UsageCounter.objects.filter(subscription__in=[row.id for row in rows], period_start_at__gte=oldest)
    used = {(one.subscription_id, one.metric, one.period_start_at): one.quantity_micros for one in counters}
    meters: dict[UUID, MeterView] = {}
    for row in rows:
        plan, period = plan_view(row.plan), periods[row.id]
        if plan.components:
            first = plan.components[0]
            quantity = rules.from_micros(used.get((row.id, first.metric, period.start), 0))
            meters[row.id] = rules.meter(plan, first, quantity, period=period, now=now)
    return meters


def uses_of(
    actor: Actor, subscription_id: UUID, metric: str, period: Period, *, limit: int, after: int = 0
) -> tuple[UseView, ...]:
    """The single uses behind a meter in a span of time, newest first: they sum to what it shows."""
    rows = _uses(_one(actor, subscription_id), metric, period).order_by("-used_at", "-id")
    return tuple(
        UseView(
            id=row.id,
            subscription_id=subscription_id,
            metric=row.metric,
            quantity=rules.from_micros(row.quantity_micros),
            event_id=row.event_id,
            used_at=row.used_at,
        )
        for row in rows[after : after + limit]
    )


def uses_summed(actor: Actor, subscription_id: UUID, metric: str, period: Period) -> tuple[int, Decimal]:
    """How many uses there were in a span of time, and their sum."""
    found = _uses(_one(actor, subscription_id), metric, period).aggregate(count=Count("id"), sum=Sum("quantity_micros"))
    return found["count"], rules.from_micros(found["sum"] or 0)


def uses_by_day(actor: Actor, metrics: Mapping[UUID, str], *, since: datetime) -> dict[date, Decimal]:
    """How much was used on each day in UTC, of one metric of each subscription."""
    visible = set(_visible(actor).values_list("id", flat=True)) & set(metrics)
    wanted = Q(pk__in=[])
    for subscription_id in visible:
        wanted |= Q(subscription_id=subscription_id, metric=metrics[subscription_id])
    rows = UsageRecord.objects.filter(wanted, used_at__gte=since).annotate(day=TruncDate("used_at", tzinfo=UTC))
    days = rows.values("day").annotate(sum=Sum("quantity_micros")).values_list("day", "sum").order_by("day")
    return {day: rules.from_micros(micros) for day, micros in days}


def _uses(row: Subscription, metric: str, period: Period) -> QuerySet[UsageRecord]:
    return UsageRecord.objects.filter(subscription=row, metric=metric, used_at__gte=period.start, used_at__lt=period.end)


def admit(subscription_id: UUID, metric: str, quantity: int | Decimal, now: datetime) -> Admission:
    """Whether a use is allowed at this moment; asked before each call, so that nothing is done that nobody pays for."""
    row = Subscription.objects.select_related("plan").filter(pk=subscription_id).first()
    if row is None:
        raise UnknownSubscription(subscription_id=str(subscription_id))
    if row.state in {SubscriptionState.PENDING, SubscriptionState.ENDED} or _is_over(row, now):
        return Admission(allowed=False, reason=NOT_USABLE, next_step="Buy it again from the marketplace; your settings are kept.")
    if row.paused_by:
        return Admission(allowed=False, reason=PAUSED, next_step="Its owner sees on the subscription's page what is missing.")
    plan = plan_view(row.plan)
    component = plan.component(metric)
    if component is None:
        return Admission(allowed=True)
    period = rules.period_at(row.anchor_at, 1, now)
    counter = UsageCounter.objects.filter(subscription=row, metric=metric, period_start_at=period.start).first()
    demand = rules.Demand(
        used=rules.from_micros(counter.quantity_micros if counter else 0),
        quantity=Decimal(quantity),
        in_last_minute=_in_last_minute(row, metric, now),
        period_end=period.end,
    )
    admission = rules.admit(plan, component, demand)
    if admission.is_overage and component.overage and row.payment_method == "wallet":
        return _admit_by_wallet(row, admission, now)
    return admission


def _is_over(row: Subscription, now: datetime) -> bool:
    return row.cancel_at_period_end and row.period_end_at is not None and row.period_end_at <= now


def _in_last_minute(row: Subscription, metric: str, now: datetime) -> Decimal:
    if row.plan.at_limit != "throttle":
        return Decimal(0)
    recent = UsageRecord.objects.filter(subscription=row, metric=metric, used_at__gt=now - rules.MINUTE, used_at__lte=now)
    return rules.from_micros(recent.aggregate(sum=Sum("quantity_micros"))["sum"] or 0)


def _admit_by_wallet(row: Subscription, admission: Admission, now: datetime) -> Admission:
    wallet = wallet_of(Actor.system(row.organisation_id), row.currency, now=now)
    if wallet.available_micros > 0:
        return admission
    return Admission(
        allowed=False,
        reason="The wallet that pays for this is empty.",
        next_step="Add credit to the wallet on the billing page; it goes on at once.",
    )
