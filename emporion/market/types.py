"""What the marketplace shows and is asked for, free of tables and of HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from emporion.kernel.money import Money, Rate, whole_percent
from emporion.market.manifest import Category, Manifest


class Facet(StrEnum):
    """The groups that results can be narrowed by; the values are the names in the query string."""

    CATEGORY = "category"
    PRICE = "price"
    MODEL = "model"
    RATING = "rating"
    PROVIDER = "provider"

    @property
    def is_single(self) -> bool:
        """Whether it takes one value at a time."""
        return self is Facet.RATING


class Sort(StrEnum):
    """The orders that results can stand in."""

    RELEVANCE = "relevance"
    MOST_USED = "used"
    RATING = "rating"
    PRICE = "price"
    NEWEST = "newest"


class PriceBand(StrEnum):
    """What it costs to begin."""

    FREE = "free"
    UNDER_30 = "under-30"
    TO_100 = "30-100"
    OVER_100 = "over-100"
    ON_REQUEST = "on-request"


class PriceKind(StrEnum):
    """What the price on a card is paid for."""

    FREE = "free"
    MONTH = "month"
    ONCE = "once"
    UNIT = "unit"
    CONTACT = "contact"


RATING_STEPS: Mapping[str, int] = {"4.5": 45, "4": 40, "3": 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTag:
    """The lowest price of an offering, in the provider's own unit."""

    kind: PriceKind
    price: Money | Rate
    unit: str = ""
    is_from: bool = False

    @property
    def micros(self) -> int:
        """The price in millionths of a major unit."""
        return self.price.micros if isinstance(self.price, Money) else self.price.micros(1)

    @property
    def sort_micros(self) -> int:
        """On request comes last."""
        return 10**18 if self.kind is PriceKind.CONTACT else self.micros


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingCard:
    """An offering in a list; ratings are sums of whole stars, so that nothing is rounded before it is shown."""

    id: UUID
    slug: str
    name: str
    tagline: str
    category: Category
    tags: tuple[str, ...]
    provider_slug: str
    provider_name: str
    is_provider_verified: bool
    is_provider_demo: bool
    tile: str
    mark: str
    hue: str
    is_solid: bool
    price: PriceTag
    price_band: PriceBand
    pricing_models: tuple[str, ...]
    rating_sum: int
    rating_count: int
    demo_rating_count: int
    subscriber_count: int
    released_on: date
    can_try: bool
    trial_days: int

    @property
    def rating_tenths(self) -> int:
        """The average in tenths of a star, half up; 0 when nobody has rated it."""
        return (20 * self.rating_sum + self.rating_count) // (2 * self.rating_count) if self.rating_count else 0

    @property
    def rating(self) -> Decimal:
        """The average with one decimal."""
        return Decimal(self.rating_tenths) / 10

    @property
    def weighted_rating(self) -> float:
        """The average as if three middling reviews stood beside the real ones: one five-star review does not win."""
        return (self.rating_sum + 3 * 3.5) / (self.rating_count + 3)

    def facet_values(self, facet: Facet) -> tuple[str, ...]:
        """The values that the offering has in a facet."""
        if facet is Facet.CATEGORY:
            return (self.category.value,)
        if facet is Facet.PRICE:
            return (self.price_band.value,)
        if facet is Facet.MODEL:
            return self.pricing_models
        if facet is Facet.PROVIDER:
            return (self.provider_slug,)
        return tuple(step for step, tenths in RATING_STEPS.items() if self.rating_count and self.rating_tenths >= tenths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What somebody looks for; pages count from 1."""

    text: str = ""
    values: Mapping[Facet, frozenset[str]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1

    def chosen(self, facet: Facet) -> frozenset[str]:
        """The chosen values of a facet."""
        return self.values.get(facet, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """A value to narrow by, with how many results it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetGroup:
    """A facet as the page shows it."""

    facet: Facet
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of results."""

    filters: Filters
    cards: tuple[OfferingCard, ...]
    total: int
    page_size: int
    groups: tuple[FacetGroup, ...]
    is_loose: bool
    catalogue_size: int
    version: UUID

    @property
    def page_count(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.page_size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search is answered with, and the shortest address of what was asked."""

    body: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentView:
    """What a plan counts; `included` is None when there is no limit."""

    metric: str
    label: str
    unit: str
    included: int | None
    overage: Rate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as the pages show it; a price that the plan is not sold at is None."""

    id: UUID | None
    slug: str
    name: str
    shape: str
    audience: str
    monthly: Money | None
    yearly: Money | None
    one_time: Money | None
    trial_days: int
    at_limit: str
    is_recommended: bool
    points: tuple[str, ...]
    components: tuple[ComponentView, ...]

    @property
    def yearly_saving(self) -> Money | None:
        """What a year costs less than twelve months, if it does."""
        if self.monthly is None or self.yearly is None or not self.monthly:
            return None
        saving = self.monthly * 12 - self.yearly
        return saving if saving.minor > 0 else None

    @property
    def saving_percent(self) -> int | None:
        """The yearly discount in whole per cent, as the checkout has it."""
        saving = self.yearly_saving
        return None if saving is None or self.monthly is None else whole_percent(saving, self.monthly * 12)

    @property
    def yearly_as_monthly(self) -> Money | None:
        """What a month costs when paid by the year."""
        return None if self.yearly is None else Rate(self.yearly.major / 12, self.yearly.currency).times(1)

    @property
    def usage_component(self) -> ComponentView | None:
        """The component whose unit is the price of a plan that is paid by use."""
        return next((part for part in self.components if part.overage is not None), None)

    @property
    def announced(self) -> tuple[Money | Rate, ...]:
        """What it costs to begin with it, as the card of an offering may say."""
        shapes: dict[str, Money | Rate | None] = {"subscription": self.monthly, "one_time": self.one_time}
        if self.shape == "usage" and self.usage_component:
            shapes["usage"] = self.usage_component.overage
        price = shapes.get(self.shape)
        return () if price is None else (price,)

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing at all."""
        return self.shape == "subscription" and self.monthly is not None and not self.monthly


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A review as it is read."""

    id: UUID
    author: str
    company: str
    plan_name: str
    rating: int
    title: str
    text: str
    is_demo: bool
    is_mine: bool
    written_at: datetime
    reply: str
    replied_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary:
    """All reviews of an offering or provider in numbers; `stars` counts five stars first."""

    count: int
    demo_count: int
    rating: Decimal
    stars: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    """What a person writes."""

    rating: int
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """A provider as buyers see it; every number is counted from the tables."""

    slug: str
    name: str
    line: str
    is_demo: bool
    is_verified: bool
    offering_count: int
    reviews: ReviewSummary
    selling_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """A screenshot; a width of 0 is not known."""

    url: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmView:
    """A film with the addresses of its files; an empty one is not there."""

    url: str
    media_type: str
    poster_url: str
    captions_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingPage:
    """Everything that an offering's page shows."""

    card: OfferingCard
    manifest: Manifest
    plans: tuple[PlanView, ...]
    pictures: tuple[PictureView, ...]
    film: FilmView | None
    reviews: ReviewSummary
    provider: ProviderView
    updated_at: datetime

    @property
    def chosen_plan(self) -> PlanView:
        """The plan that the page leads with: the one whose price the offering is announced with, else the first."""
        price = self.card.price.price
        return next((plan for plan in self.plans if price in plan.announced), self.plans[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleItemView:
    """One offering of a bundle, with what it costs alone."""

    card: OfferingCard
    plan_name: str
    cycle: str
    price: Money
    price_in_bundle: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePage:
    """A bundle: what is in it, what it costs, and what that is less than its parts."""

    slug: str
    name: str
    tagline: str
    description: str
    percent_off: int
    is_partner: bool
    items: tuple[BundleItemView, ...]
    gross: Money
    total: Money
    cycle: str

    @property
    def saving(self) -> Money:
        """What the bundle costs less than its parts."""
        return self.gross - self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFile:
    """A stored picture or film."""

    storage_name: str
    media_type: str
    sha256: str
