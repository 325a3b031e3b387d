"""Reviews as they are read, and who may write or answer them."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from emporion.billing import queries as billing
from emporion.market.models import Offering, Provider, Review
from emporion.market.types import ReviewSummary, ReviewView
from emporion.plumbing.types import Actor, ActorKind, Permission


def reviews_of(*, slug: str, actor: Actor, limit: int = 50) -> tuple[ReviewView, ...]:
    """The reviews of an offering: one's own first, then those of real purchasers, then demo ones, the latest first."""
    rows = Review.objects.filter(offering__slug=slug, offering__is_live=True).order_by("is_demo", "-written_at", "-id")
    views = [
        ReviewView(
            id=row.id,
            author=row.author,
            company=row.company,
            plan_name=row.plan_name,
            rating=row.rating,
            title=row.title,
            text=row.text,
            is_demo=row.is_demo,
            is_mine=actor.id is not None and row.person_id == actor.id,
            written_at=row.written_at,
            reply=row.reply,
            replied_at=row.replied_at,
        )
        for row in rows[:limit]
    ]
    return tuple(sorted(views, key=lambda view: not view.is_mine))


def summary_of(reviews: QuerySet[Review]) -> ReviewSummary:
    """Reviews in numbers: one query."""
    counts = {stars: Count("id", filter=Q(rating=stars)) for stars in range(1, 6)}
    sums = reviews.aggregate(
        demo=Count("id", filter=Q(is_demo=True)), **{f"stars_{stars}": count for stars, count in counts.items()}
    )
    stars = tuple((number, sums[f"stars_{number}"]) for number in range(5, 0, -1))
    count = sum(number for _, number in stars)
    total = sum(number * amount for number, amount in stars)
    rating = (Decimal(total) / count).quantize(Decimal("0.1")) if count else Decimal(0)
    return ReviewSummary(count=count, demo_count=sums["demo"], rating=rating, stars=stars)


def may_review(*, offering_id: UUID, actor: Actor) -> bool:
    """Whether this person's organisation has bought the offering."""
    if actor.kind is not ActorKind.PERSON or actor.organisation_id is None or not actor.may(Permission.USE):
        return False
    return billing.has_bought(actor, offering_id)


def may_reply(*, slug: str, actor: Actor) -> bool:
    """Whether this actor acts for the provider of the offering."""
    if actor.organisation_id is None or not actor.may(Permission.CONFIGURE):
        return False
    providers = Provider.objects.filter(organisation_id=actor.organisation_id)
    return Offering.objects.filter(slug=slug, provider__in=providers).exists()
