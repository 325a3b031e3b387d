"""What the tests sell: the plans of the source (Starter $29, Pro $99, Enterprise by request) and others made to bite."""

from decimal import Decimal
from uuid import UUID

from emporion.billing.types import (
    AtLimit,
    BundleItemSpec,
    BundleSpec,
    ComponentSpec,
    Cycle,
    PlanSpec,
    PlanView,
    PriceShape,
    ProductSpec,
)
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money, Rate


def calls(included: int | None, overage: str | None = None) -> ComponentSpec:
    rate = None if overage is None else Rate(Decimal(overage), "USD")
    return ComponentSpec(metric="calls", label="calls a month", unit="call", included=included, overage=rate)


STARTER_SPEC = PlanSpec(slug="starter", name="Starter", monthly=Money.of("29", "USD"), components=(calls(1_000, "0.01"),))
PRO_SPEC = PlanSpec(slug="pro", name="Pro", monthly=Money.of("99", "USD"), components=(calls(10_000, "0.008"),))
ENTERPRISE_SPEC = PlanSpec(slug="enterprise", name="Enterprise", shape=PriceShape.CONTACT, components=(calls(None),))
USAGE_SPEC = PlanSpec(slug="metered", name="Pay per use", shape=PriceShape.USAGE, components=(calls(0, "0.008"),))
FREE_SPEC = PlanSpec(slug="free", name="Free", monthly=Money(0, "USD"), at_limit=AtLimit.PAUSE, components=(calls(100),))
ONCE_SPEC = PlanSpec(slug="forever", name="For ever", shape=PriceShape.ONE_TIME, one_time=Money.of("199", "USD"))


def product(slug: str = "docs-agent", **changes: object) -> ProductSpec:
    values: dict[str, object] = {
        "id": new_id(),
        "slug": slug,
        "name": "Docs Agent",
        "category": "agents",
        "provider_name": "Emporion",
        "is_verified_provider": True,
        "plans": (STARTER_SPEC, PRO_SPEC, ENTERPRISE_SPEC),
        "tagline": "Answers from your documentation",
    }
    return ProductSpec(**(values | changes))


def suite() -> BundleSpec:
    return BundleSpec(
        slug="service-suite",
        name="Service suite",
        percent_off=15,
        items=(
            BundleItemSpec(product="docs-agent", plan="pro", cycle=Cycle.MONTHLY),
            BundleItemSpec(product="voice-agent", plan="starter", cycle=Cycle.MONTHLY),
        ),
    )


def plan(slug: str, *, monthly: str | None = None, yearly: str | None = None, **changes: object) -> PlanView:
    values: dict[str, object] = {
        "id": UUID(int=1),
        "product_id": UUID(int=2),
        "slug": slug,
        "name": slug.capitalize(),
        "tier": "",
        "shape": PriceShape.SUBSCRIPTION,
        "currency": "USD",
        "version": 1,
        "monthly": None if monthly is None else Money.of(monthly, "USD"),
        "yearly": None if yearly is None else Money.of(yearly, "USD"),
        "one_time": None,
        "trial_days": 0,
        "at_limit": AtLimit.OVERAGE,
        "throttle_per_minute": 10,
        "features": (),
        "components": (calls(1_000, "0.01"),),
        "provider_percent": 85,
    }
    return PlanView(**(values | changes))


STARTER = plan("starter", monthly="29")
PRO = plan("pro", monthly="99", components=(calls(10_000, "0.008"),))
ENTERPRISE = plan("enterprise", shape=PriceShape.CONTACT, components=(calls(None),))
