"""Keeps the sums that cards show in line with what they sum."""

from uuid import UUID

from django.db.models import Count, Q, Sum

from emporion.market.models import Offering, Review


def recount(offering_id: UUID) -> None:
    """Bring the sums that cards show in line with the reviews; belongs inside the transaction of the change."""
    sums = Review.objects.filter(offering_id=offering_id).aggregate(
        stars=Sum("rating"), count=Count("id"), demo=Count("id", filter=Q(is_demo=True))
    )
    Offering.objects.filter(pk=offering_id).update(
        rating_sum=sums["stars"] or 0, rating_count=sums["count"], demo_rating_count=sums["demo"]
    )
