"""What a provider publishes: products with their plans, and bundles of them."""

from dataclasses import dataclass
from uuid import UUID

from emporion.billing.words import AtLimit, Cycle, PriceShape
from emporion.kernel.money import Money, Rate

DEFAULT_PROVIDER_PERCENT = 85


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """What a plan includes of one metric a month: `included=None` is unlimited, `overage=None` costs nothing beyond."""

    metric: str
    label: str
    unit: str
    included: int | None = None
    overage: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpec:
    """A plan as a provider publishes it; the yearly price is ten times the monthly one unless it is named."""

    slug: str
    name: str
    currency: str = "USD"
    shape: PriceShape = PriceShape.SUBSCRIPTION
    tier: str = ""
    monthly: Money | None = None
    yearly: Money | None = None
    one_time: Money | None = None
    trial_days: int = 0
    at_limit: AtLimit = AtLimit.OVERAGE
    throttle_per_minute: int = 10
    features: tuple[str, ...] = ()
    components: tuple[ComponentSpec, ...] = ()
    provider_percent: int = DEFAULT_PROVIDER_PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSpec:
    """Something that is sold; `id` is the offering's id and `delivery` says who provides it: hosted, automation or app."""

    id: UUID
    slug: str
    name: str
    category: str
    provider_name: str
    plans: tuple[PlanSpec, ...]
    provider_id: UUID | None = None
    is_verified_provider: bool = False
    delivery: str = "hosted"
    icon: str = ""
    tagline: str = ""
    refund_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleItemSpec:
    """One plan of a bundle, named by slugs."""

    product: str
    plan: str
    cycle: Cycle = Cycle.MONTHLY


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSpec:
    """Several plans at a discount, bought together."""

    slug: str
    name: str
    percent_off: int
    items: tuple[BundleItemSpec, ...]
    tagline: str = ""
