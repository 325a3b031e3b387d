"""What the catalogue's API sends; amounts are strings in major units, so that no program rounds them."""

from datetime import date
from uuid import UUID

from ninja import Schema


class PriceOut(Schema):
    """The lowest price: `kind` is free, month, once, unit or contact."""

    kind: str
    amount: str
    currency: str
    unit: str
    is_from: bool


class OfferingOut(Schema):
    """An offering in a list."""

    uuid: UUID
    slug: str
    name: str
    tagline: str
    category: str
    tags: list[str]
    provider: str
    provider_name: str
    is_provider_demo: bool
    price: PriceOut
    pricing_models: list[str]
    rating: str | None
    review_count: int
    demo_review_count: int
    has_demo: bool
    trial_days: int
    released_on: date
    url: str


class FacetValueOut(Schema):
    """A value to narrow by, and how many results it leaves."""

    value: str
    label: str
    count: int
    is_chosen: bool


class FacetOut(Schema):
    """A group of values; `name` is the parameter."""

    name: str
    label: str
    values: list[FacetValueOut]


class SearchOut(Schema):
    """A page of results."""

    total: int
    page: int
    page_count: int
    is_loose: bool
    results: list[OfferingOut]
    facets: list[FacetOut]


class ComponentOut(Schema):
    """What a plan counts; `included` is null without a limit."""

    metric: str
    label: str
    unit: str
    included: int | None
    overage: str | None


class PlanOut(Schema):
    """A plan with its `uuid` for the checkout."""

    uuid: UUID | None
    slug: str
    name: str
    shape: str
    audience: str
    monthly: str | None
    yearly: str | None
    one_time: str | None
    trial_days: int
    at_limit: str
    points: list[str]
    components: list[ComponentOut]


class NamedOut(Schema):
    """A name and what stands beside it."""

    name: str
    values: list[str]


class FeatureOut(Schema):
    """One thing that it does."""

    title: str
    text: str


class QuestionOut(Schema):
    """A question with its answer."""

    question: str
    answer: str


class ReviewOut(Schema):
    """A review; demo reviews are marked."""

    author: str
    rating: int
    title: str
    text: str
    is_demo: bool
    written_on: date
    reply: str


class OfferingDetailOut(Schema):
    """Everything about an offering."""

    offering: OfferingOut
    version: str
    description: str
    delivery: str
    features: list[FeatureOut]
    specifications: list[NamedOut]
    compatibility: list[NamedOut]
    terms: str
    refund_days: int
    faq: list[QuestionOut]
    plans: list[PlanOut]
    reviews: list[ReviewOut]
    similar: list[OfferingOut]
