"""The catalogue for programs: search with facets, and one offering in full."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from ninja import Query, Router, Schema

from emporion.accounts.access import ActorRequest
from emporion.kernel.money import Money, Rate
from emporion.market import forms, keeping, queries
from emporion.market.manifest import FactPart
from emporion.market.schemas import (
    ComponentOut,
    FacetOut,
    FacetValueOut,
    FeatureOut,
    NamedOut,
    OfferingDetailOut,
    OfferingOut,
    PlanOut,
    PriceOut,
    QuestionOut,
    ReviewOut,
    SearchOut,
)
from emporion.market.types import OfferingCard, PlanView, SearchPage
from emporion.plumbing.types import Actor


def may_browse(request: HttpRequest) -> Actor | None:
    """Everybody, until the operator closes the marketplace; then people and tokens that are known (401 for strangers)."""
    actor = cast("ActorRequest", request).actor
    return actor if settings.ANONYMOUS_BROWSING or actor.is_signed_in else None


router = Router(tags=["marketplace"], auth=may_browse)


class SearchIn(Schema):
    """The parameters of a search, documented here and read by the same code as the page's address."""

    q: str = ""
    category: list[str] = []
    price: list[str] = []
    model: list[str] = []
    rating: str = ""
    provider: list[str] = []
    sort: str = ""
    page: int = 1


@router.get("/marketplace/offerings/", response=SearchOut, url_name="offerings")
def offerings(request: HttpRequest, asked: Query[SearchIn]) -> HttpResponse:
    """Search the marketplace; each facet counts what its values would leave, ignoring its own choice."""
    filters = forms.filters_of(request.GET)

    def make() -> str:
        return _found(queries.search(filters=filters, actor=cast("ActorRequest", request).actor)).model_dump_json()

    key = (forms.address_of("", filters), get_language())
    return HttpResponse(keeping.answers.keep(queries.version(), key, make), content_type="application/json")


def _found(found: SearchPage) -> SearchOut:
    facets = [
        FacetOut(
            name=group.facet.value,
            label=group.label,
            values=[
                FacetValueOut(value=one.value, label=one.label, count=one.count, is_chosen=one.is_chosen) for one in group.values
            ],
        )
        for group in found.groups
    ]
    return SearchOut(
        total=found.total,
        page=found.filters.page,
        page_count=found.page_count,
        is_loose=found.is_loose,
        results=[_card(card) for card in found.cards],
        facets=facets,
    )


@router.get("/marketplace/offerings/{slug}/", response=OfferingDetailOut, url_name="offering")
def offering(request: HttpRequest, slug: str) -> OfferingDetailOut:
    """One offering with its plans; their ids are what the quick checkout takes."""
    actor = cast("ActorRequest", request).actor
    page = queries.offering_page(slug=slug, actor=actor)
    manifest = page.manifest
    reviews = [
        ReviewOut(
            author=one.author,
            rating=one.rating,
            title=one.title,
            text=one.text,
            is_demo=one.is_demo,
            written_on=one.written_at.date(),
            reply=one.reply,
        )
        for one in queries.reviews_of(slug=slug, actor=actor)
    ]
    return OfferingDetailOut(
        offering=_card(page.card),
        version=manifest.version,
        description=manifest.description,
        delivery=manifest.delivery.kind,
        features=[FeatureOut(title=part.title, text=part.text) for part in manifest.features],
        specifications=[_named(part) for part in manifest.specifications],
        compatibility=[_named(part) for part in manifest.compatibility],
        terms=manifest.terms.text,
        refund_days=manifest.terms.refund_days,
        faq=[QuestionOut(question=part.question, answer=part.answer) for part in manifest.faq],
        plans=[_plan(plan) for plan in page.plans],
        reviews=reviews,
        similar=[_card(card) for card in queries.similar_to(slug=slug, actor=actor)],
    )


def _card(card: OfferingCard) -> OfferingOut:
    price = card.price
    return OfferingOut(
        uuid=card.id,
        slug=card.slug,
        name=card.name,
        tagline=card.tagline,
        category=card.category.value,
        tags=list(card.tags),
        provider=card.provider_slug,
        provider_name=card.provider_name,
        is_provider_demo=card.is_provider_demo,
        price=PriceOut(
            kind=price.kind.value,
            amount=_amount(price.price) or "0",
            currency=price.price.currency,
            unit=price.unit,
            is_from=price.is_from,
        ),
        pricing_models=list(card.pricing_models),
        rating=f"{card.rating:.1f}" if card.rating_count else None,
        review_count=card.rating_count,
        demo_review_count=card.demo_rating_count,
        has_demo=card.can_try,
        trial_days=card.trial_days,
        released_on=card.released_on,
        url=f"{settings.SITE_URL}{reverse('market:offering', args=[card.slug])}",
    )


def _plan(plan: PlanView) -> PlanOut:
    return PlanOut(
        uuid=plan.id,
        slug=plan.slug,
        name=plan.name,
        shape=plan.shape,
        audience=plan.audience,
        monthly=_amount(plan.monthly),
        yearly=_amount(plan.yearly),
        one_time=_amount(plan.one_time),
        trial_days=plan.trial_days,
        at_limit=plan.at_limit,
        points=list(plan.points),
        components=[
            ComponentOut(metric=one.metric, label=one.label, unit=one.unit, included=one.included, overage=_amount(one.overage))
            for one in plan.components
        ],
    )


def _amount(price: Money | Rate | None) -> str | None:
    if price is None:
        return None
    return f"{price.major:f}" if isinstance(price, Money) else f"{price.amount:f}"


def _named(fact: FactPart) -> NamedOut:
    return NamedOut(name=fact.name, values=list(fact.values) or [fact.value or ""])
