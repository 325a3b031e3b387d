"""The catalogue for programs: search with facets, and one offering in full."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from emporion.accounts.access import ActorRequest
from emporion.market import answering, queries
from emporion.market.answering import amount_out, card_out
from emporion.market.manifest import FactPart
from emporion.market.schemas import (
    ComponentOut,
    FeatureOut,
    NamedOut,
    OfferingDetailOut,
    PlanOut,
    QuestionOut,
    ReviewOut,
    SearchOut,
)
from emporion.market.types import PlanView
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
    answer = answering.program(request.GET, cast("ActorRequest", request).actor)
    return HttpResponse(answer.body, content_type="application/json")


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
        offering=card_out(page.card),
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
        similar=[card_out(card) for card in queries.similar_to(slug=slug, actor=actor)],
    )


def _plan(plan: PlanView) -> PlanOut:
    return PlanOut(
        uuid=plan.id,
        slug=plan.slug,
        name=plan.name,
        shape=plan.shape,
        audience=plan.audience,
        monthly=amount_out(plan.monthly),
        yearly=amount_out(plan.yearly),
        one_time=amount_out(plan.one_time),
        trial_days=plan.trial_days,
        at_limit=plan.at_limit,
        points=list(plan.points),
        components=[
            ComponentOut(
                metric=one.metric, label=one.label, unit=one.unit, included=one.included, overage=amount_out(one.overage)
            )
            for one in plan.components
        ],
    )


def _named(fact: FactPart) -> NamedOut:
    return NamedOut(name=fact.name, values=list(fact.values) or [fact.value or ""])
