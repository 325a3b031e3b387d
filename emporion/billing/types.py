"""The words of billing: what is sold (products, plans, bundles), what it costs (quotes) and what runs (subscriptions)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.billing.specs import DEFAULT_PROVIDER_PERCENT, BundleItemSpec, BundleSpec, ComponentSpec, PlanSpec, ProductSpec
from emporion.billing.usage import Admission, MeterView, UsageState, UsageView, UseView
from emporion.billing.words import AtLimit, ChargeKind, ChargeState, Cycle, Period, PriceShape, SubscriptionState
from emporion.kernel.money import Money
from emporion.ledger.types import AccountRef

__all__ = [
    "DEFAULT_PROVIDER_PERCENT",
    "Admission",
    "AtLimit",
    "BundleItemSpec",
    "BundleSpec",
    "ChargeKind",
    "ChargeState",
    "ComponentSpec",
    "Cycle",
    "MeterView",
    "Period",
    "PlanSpec",
    "PriceShape",
    "ProductSpec",
    "SubscriptionState",
    "UsageState",
    "UsageView",
    "UseView",
]  # from `specs`, `usage` and `words`; what is below is public as well

MICROS = 1_000_000
CHARGE = "billing.charge"  # the cause of a payment and of postings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """One version of a plan; who subscribed keeps the version that was bought."""

    id: UUID
    product_id: UUID
    slug: str
    name: str
    tier: str
    shape: PriceShape
    currency: str
    version: int
    monthly: Money | None
    yearly: Money | None
    one_time: Money | None
    trial_days: int
    at_limit: AtLimit
    throttle_per_minute: int
    features: tuple[str, ...]
    components: tuple[ComponentSpec, ...]
    provider_percent: int

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """The billing cycles that a buyer chooses from."""
        match self.shape:
            case PriceShape.SUBSCRIPTION if self.monthly is None:
                return (Cycle.YEARLY,)
            case PriceShape.SUBSCRIPTION:
                return (Cycle.MONTHLY, Cycle.YEARLY) if self.monthly else (Cycle.MONTHLY,)
            case PriceShape.USAGE:
                return (Cycle.MONTHLY,)
            case PriceShape.ONE_TIME:
                return (Cycle.ONCE,)
            case PriceShape.CONTACT:
                return ()

    @property
    def announced(self) -> tuple[bool, int] | None:
        """What its price ranks by, in millionths, among those that a product can be announced with; nothing on request.

        A price by use stands behind the fixed ones, because a month of it is not known.
        """
        match self.shape:
            case PriceShape.SUBSCRIPTION if self.monthly is not None:
                return False, self.monthly.micros
            case PriceShape.ONE_TIME if self.one_time is not None:
                return False, self.one_time.micros
            case PriceShape.USAGE:
                rate = next((component.overage for component in self.components if component.overage is not None), None)
                return None if rate is None else (True, rate.micros(1))
            case _:
                return None

    def component(self, metric: str) -> ComponentSpec | None:
        """What the plan says of a metric."""
        return next((component for component in self.components if component.metric == metric), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """A product with its current plans in the provider's order."""

    id: UUID
    slug: str
    name: str
    category: str
    provider_name: str
    provider_id: UUID | None
    is_verified_provider: bool
    delivery: str
    icon: str
    tagline: str
    plans: tuple[PlanView, ...]
    refund_days: int = 0

    @property
    def announced_plan(self) -> PlanView:
        """The plan whose price the product is announced with, as on its page in the marketplace: the lowest, else the first."""
        priced = ((plan.announced, plan) for plan in self.plans)
        ranked = [(rank, plan) for rank, plan in priced if rank is not None]
        return min(ranked, key=lambda one: one[0])[1] if ranked else self.plans[0]

    def plan(self, slug_or_id: str) -> PlanView | None:
        """The current plan of this name or id."""
        return next((plan for plan in self.plans if slug_or_id in {plan.slug, str(plan.id)}), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """A plan, the cycle to pay it in, and the name of the product that it belongs to."""

    plan: PlanView
    cycle: Cycle
    product_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleView:
    """A bundle with the plans that are in it now."""

    id: UUID
    slug: str
    name: str
    tagline: str
    percent_off: int
    items: tuple[PlanChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One plan in a quote: `unit` times `times` is `gross`; `amount` is what is left after `discount`."""

    plan_id: UUID
    product_name: str
    plan_name: str
    shape: PriceShape
    cycle: Cycle
    unit: Money
    times: int
    gross: Money
    discount: Money
    trial_days: int = 0

    @property
    def amount(self) -> Money:
        """What the line costs for one period."""
        return self.gross - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a purchase costs: the lines, the discount, the total of one period, and what is due today."""

    lines: tuple[QuoteLine, ...]
    gross: Money
    discount: Money
    total: Money
    due_today: Money
    percent_off: int
    trial_days: int
    renews_at: datetime | None

    @property
    def cycle(self) -> Cycle:
        """The cycle of the first line, which names the quote."""
        return self.lines[0].cycle

    @property
    def shape(self) -> PriceShape:
        """How the first line asks for money."""
        return self.lines[0].shape


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStart:
    """What to start: the id is given by the order, so that starting twice makes one subscription."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    person_id: UUID | None
    plan_id: UUID
    cycle: Cycle
    price: Money
    trial_days: int = 0
    payment_method: str = "card"
    payment_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """A subscription as its organisation sees it."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    product_id: UUID
    product_slug: str
    product_name: str
    name: str  # what its organisation calls it
    category: str
    delivery: str
    icon: str
    provider_name: str
    plan: PlanView
    cycle: Cycle
    state: SubscriptionState
    price: Money
    payment_method: str
    started_at: datetime
    period_start_at: datetime
    period_end_at: datetime | None
    trial_ends_at: datetime | None
    cancel_at_period_end: bool
    next_plan_name: str
    ended_at: datetime | None
    paused_by: tuple[UUID, ...] = ()  # the payments by invoice that were not made in time
    is_given_back: bool = False  # its money went back

    @property
    def is_paused(self) -> bool:
        """Whether it stands still until an invoice is paid."""
        return bool(self.paused_by) and self.state is not SubscriptionState.ENDED

    @property
    def is_usable(self) -> bool:
        """Whether what was bought works now."""
        is_running = self.state in {SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE, SubscriptionState.CANCELLED}
        return is_running and not self.is_paused

    @property
    def may_resume(self) -> bool:
        """Whether a cancellation can be taken back."""
        return self.state is SubscriptionState.CANCELLED and not self.is_given_back

    @property
    def may_cancel(self) -> bool:
        """Whether it would go on after what is paid, so that there is something to cancel."""
        return self.is_usable and self.period_end_at is not None and self.state is not SubscriptionState.CANCELLED

    @property
    def access_url(self) -> str:
        """Where its owner sets it up and uses it."""
        return access_url(self.delivery, self.id)


def access_url(delivery: str, subscription_id: UUID) -> str:
    """Where the thing that was bought lives, by how it is delivered."""
    match delivery:
        case "automation":
            return f"/automations/{subscription_id}/"
        case "app":
            return f"/apps/{subscription_id}/"
        case _:
            return f"/agents/{subscription_id}/welcome/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChangeQuote:
    """What a change of plan does: at once for `due_today`, or at `starts_at` when it costs less."""

    plan: PlanView
    cycle: Cycle
    credit: Money
    debit: Money
    due_today: Money
    starts_at: datetime
    is_upgrade: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeView:
    """A charge of a running subscription: its renewal, its usage, an upgrade.

    `from_plan_name` and `from_cycle` are what an upgrade changed from, `credit` is what was left of that and is taken off `base`.
    """

    id: UUID
    subscription_id: UUID
    product_name: str
    plan_name: str
    cycle: Cycle
    kind: ChargeKind
    state: ChargeState
    base: Money
    overage: Money
    amount: Money
    period: Period
    created_at: datetime
    settled_at: datetime | None
    reason: str
    credit: Money
    from_plan_name: str = ""
    from_cycle: Cycle | None = None

    @property
    def debit(self) -> Money:
        """What an upgrade costs before what was left of the plan before is taken off."""
        return self.base + self.credit


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePart:
    """What was sold for whom: without a provider it is the platform's own."""

    provider_id: UUID | None
    provider_percent: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Something sold to an organisation; `paid_from` is the account that bears it, by default what the organisation owes."""

    kind: str
    organisation_id: UUID
    cause_type: str
    cause_id: UUID
    parts: tuple[SalePart, ...]
    paid_from: AccountRef | None = None
