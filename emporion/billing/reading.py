"""Turns rows of billing into the dataclasses that others see."""

from uuid import UUID

from emporion.billing.models import Charge, Plan, PlanComponent, Product, Subscription
from emporion.billing.types import (
    AtLimit,
    ChargeKind,
    ChargeState,
    ChargeView,
    ComponentSpec,
    Cycle,
    Period,
    PlanView,
    PriceShape,
    ProductView,
    SubscriptionState,
    SubscriptionView,
)
from emporion.kernel.money import Money, Rate

PLANS_KNOWN = 4096
_included: dict[UUID, tuple[ComponentSpec, ...]] = {}


def component_view(component: PlanComponent, currency: str) -> ComponentSpec:
    """A component with its exact rate."""
    rate = component.overage_rate
    return ComponentSpec(
        metric=component.metric,
        label=component.label,
        unit=component.unit,
        included=component.included,
        overage=None if rate is None else Rate(rate.normalize(), currency),
    )


def _components(plan: Plan) -> tuple[ComponentSpec, ...]:
    """A plan is one version of it, and what a version includes never changes: it is asked for once, not at each call."""
    known = _included.get(plan.id)
    if known is None:
        if len(_included) >= PLANS_KNOWN:
            _included.clear()
        known = _included[plan.id] = tuple(component_view(component, plan.currency) for component in plan.components.all())
    return known


def plan_view(plan: Plan) -> PlanView:
    """A plan with its components (prefetched by the caller where there are many)."""

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, plan.currency)

    return PlanView(
        id=plan.id,
        product_id=plan.product_id,
        slug=plan.slug,
        name=plan.name,
        tier=plan.tier,
        shape=PriceShape(plan.price_shape),
        currency=plan.currency,
        version=plan.version,
        monthly=money(plan.monthly_minor),
        yearly=money(plan.yearly_minor),
        one_time=money(plan.one_time_minor),
        trial_days=plan.trial_days,
        at_limit=AtLimit(plan.at_limit),
        throttle_per_minute=plan.throttle_per_minute,
        features=tuple(plan.features),
        components=_components(plan),
        provider_percent=plan.provider_percent,
    )


def product_view(product: Product, plans: tuple[PlanView, ...]) -> ProductView:
    """A product with the plans given."""
    return ProductView(
        id=product.id,
        slug=product.slug,
        name=product.name,
        category=product.category,
        provider_name=product.provider_name,
        provider_id=product.provider_id,
        is_verified_provider=product.is_verified_provider,
        delivery=product.delivery,
        icon=product.icon,
        tagline=product.tagline,
        plans=plans,
        refund_days=product.refund_days,
    )


def subscription_view(row: Subscription) -> SubscriptionView:
    """A subscription with its product and plan."""
    return SubscriptionView(
        id=row.id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        product_id=row.product_id,
        product_slug=row.product.slug,
        product_name=row.product.name,
        name=row.name,
        category=row.product.category,
        delivery=row.product.delivery,
        icon=row.product.icon,
        provider_name=row.product.provider_name,
        plan=plan_view(row.plan),
        cycle=Cycle(row.cycle),
        state=SubscriptionState(row.state),
        price=Money(row.price_minor, row.currency),
        payment_method=row.payment_method,
        started_at=row.created_at,
        period_start_at=row.period_start_at,
        period_end_at=row.period_end_at,
        trial_ends_at=row.trial_ends_at,
        cancel_at_period_end=row.cancel_at_period_end,
        next_plan_name=row.next_plan.name if row.next_plan else "",
        ended_at=row.ended_at,
        paused_by=tuple(UUID(one) for one in row.paused_by),
        is_given_back=row.given_back_at is not None,
    )


OF_CHARGES = ("subscription__product", "plan", "from_plan")  # what a list of charges asks for along with them


def charge_view(row: Charge) -> ChargeView:
    """A charge of a running subscription."""
    return ChargeView(
        id=row.id,
        subscription_id=row.subscription_id,
        product_name=row.subscription.product.name,
        plan_name=row.plan.name,
        cycle=Cycle(row.cycle),
        kind=ChargeKind(row.kind),
        state=ChargeState(row.state),
        base=Money(row.base_minor, row.currency),
        overage=Money(row.overage_minor, row.currency),
        amount=Money(row.base_minor + row.overage_minor, row.currency),
        period=Period(start=row.period_start_at, end=row.period_end_at),
        created_at=row.created_at,
        settled_at=row.settled_at,
        reason=row.reason,
        credit=Money(row.credit_minor, row.currency),
        from_plan_name=row.from_plan.name if row.from_plan else "",
        from_cycle=Cycle(row.from_cycle) if row.from_cycle else None,
    )
