"""The whole of `offering.toml` and of a bundle's file."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from emporion.market.manifest.delivery import Delivery, HostedDelivery, QuestionPart
from emporion.market.manifest.plans import PlanPart
from emporion.market.manifest.words import AssetPath, Category, Hue, Line, Part, Short, Slug, Text


class ProviderPart(Part):
    """Who sells it."""

    slug: Slug
    name: Short
    line: Line
    demo: bool = False


class IconPart(Part):
    """What stands for it: a tile of the product's own drawings, or a mark drawn on 40 by 40 on a tile of a hue."""

    tile: Slug | None = None
    file: AssetPath | None = None
    hue: Hue = Hue.STONE
    solid: bool = False

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.tile is None) == (self.file is None):
            raise ValueError("give `tile` (a drawing of the product) or `file` (your own), one of the two")
        return self


class FeaturePart(Part):
    """One thing that it does."""

    icon: Slug
    title: Short
    text: Line


class FactPart(Part):
    """A row of the specifications or of the compatibility: a name and what stands beside it."""

    name: Short
    value: Line | None = None
    values: tuple[Short, ...] = ()

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.value is None) == (not self.values):
            raise ValueError("give `value` (a text) or `values` (a list), one of the two")
        return self


class TermsPart(Part):
    """What buyer and provider agree on."""

    text: Text
    refund_days: Annotated[int, Field(ge=0, le=365)] = 0


class DocumentPart(Part):
    """A page of the offering's documentation."""

    title: Short
    text: Text


class ScreenshotPart(Part):
    """A real picture of the running product."""

    file: AssetPath
    alt: Line
    caption: Line | None = None


class VideoPart(Part):
    """A film of the running product, with captions and the picture that stands before it is played."""

    file: AssetPath
    title: Short
    transcript: Text
    poster: AssetPath | None = None
    captions: AssetPath | None = None


class DemoPart(Part):
    """Whether strangers may try it, and how many questions they have."""

    enabled: bool = False
    about: Line | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class ReplyPart(Part):
    """The provider's answer to a review."""

    text: Text
    written_on: date


class DemoReviewPart(Part):
    """A review written for the demo catalogue; it is shown as such and never counts as a verified purchase."""

    author: Short
    company: Short | None = None
    plan: Slug
    rating: Annotated[int, Field(ge=1, le=5)]
    title: Short
    text: Text
    written_on: date
    reply: ReplyPart | None = None


class Manifest(Part):
    """The whole of `offering.toml`."""

    format: Literal[1]
    id: UUID
    slug: Slug
    name: Short
    category: Category
    tagline: Line
    description: Text
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    released_on: date
    tags: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=8)]
    keywords: Annotated[tuple[Short, ...], Field(max_length=24)] = ()
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    provider: ProviderPart
    icon: IconPart
    features: Annotated[tuple[FeaturePart, ...], Field(min_length=2, max_length=12)]
    specifications: Annotated[tuple[FactPart, ...], Field(min_length=1)]
    compatibility: Annotated[tuple[FactPart, ...], Field(min_length=1)]
    terms: TermsPart
    docs: tuple[DocumentPart, ...] = ()
    faq: tuple[QuestionPart, ...] = ()
    screenshots: tuple[ScreenshotPart, ...] = ()
    video: VideoPart | None = None
    delivery: Delivery
    plans: Annotated[tuple[PlanPart, ...], Field(min_length=1, max_length=4)]
    demo: DemoPart = DemoPart()
    demo_reviews: tuple[DemoReviewPart, ...] = ()

    @model_validator(mode="after")
    def _plans_are_told_apart(self) -> Self:
        slugs = [plan.slug for plan in self.plans]
        if len(set(slugs)) != len(slugs):
            raise ValueError("two plans have the same `slug`")
        if sum(plan.recommended for plan in self.plans) > 1:
            raise ValueError("only one plan can be `recommended`")
        unknown = {review.plan for review in self.demo_reviews} - set(slugs)
        if unknown:
            raise ValueError(f"a demo review names the plan `{unknown.pop()}`, which is not among `plans`")
        return self

    @model_validator(mode="after")
    def _demo_can_run(self) -> Self:
        if self.demo.enabled and not isinstance(self.delivery, HostedDelivery):
            raise ValueError("`demo.enabled` needs a delivery of kind `hosted`: only a hosted agent can be tried on its page")
        return self


class BundleItemPart(Part):
    """One offering in a bundle, with the plan and cycle that the bundle buys."""

    offering: Slug
    plan: Slug
    cycle: Literal["monthly", "yearly", "once"]


class BundleManifest(Part):
    """The whole of `catalogue/bundles/<slug>.toml`: several offerings for less than their sum."""

    format: Literal[1]
    id: UUID
    slug: Slug
    name: Short
    tagline: Line
    description: Text
    percent_off: Annotated[int, Field(ge=1, le=90)]
    partner: bool = False
    items: Annotated[tuple[BundleItemPart, ...], Field(min_length=2, max_length=8)]
