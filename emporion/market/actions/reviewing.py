"""Reviews: only people whose organisation bought the offering write one, one each; the provider answers."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.billing import queries as billing
from emporion.market import index
from emporion.market.actions.counting import recount
from emporion.market.errors import NotAPurchaser, NotTheProvider, OfferingNotFound, ReviewInvalid, ReviewNotFound
from emporion.market.models import Favourite, Offering, Review
from emporion.market.types import ReviewDraft
from emporion.plumbing.types import Actor, ActorKind, Permission

MAX_TITLE, MAX_TEXT = 120, 4000


@transaction.atomic
def forget_person(*, person_id: UUID, name: str) -> None:
    """Take the name of a person off their reviews, and forget their favourites."""
    Review.objects.filter(person_id=person_id).update(author=name)
    Favourite.objects.filter(person_id=person_id).delete()


@transaction.atomic
def write_review(*, slug: str, draft: ReviewDraft, actor: Actor, now: datetime) -> UUID:
    """Write one's review of an offering, or change the one that is there; `NotAPurchaser` for everybody else."""
    actor.require(Permission.USE)
    checked = _checked(draft)
    offering = Offering.objects.filter(slug=slug, is_live=True).first()
    if offering is None:
        raise OfferingNotFound(slug=slug)
    bought = next((one for one in billing.subscriptions_of(actor) if one.product_id == offering.id), None)
    if bought is None or actor.kind is not ActorKind.PERSON or actor.id is None:
        raise NotAPurchaser(slug=slug)
    values = {
        "organisation_id": actor.organisation,
        "subscription_id": bought.id,
        "author": actor.name,
        "plan_name": bought.plan.name,
        "rating": checked.rating,
        "title": checked.title,
        "text": checked.text,
        "updated_at": now,
    }
    review, _ = Review.objects.update_or_create(
        offering=offering, person_id=actor.id, defaults=values, create_defaults=values | {"written_at": now}
    )
    recount(offering.id)
    index.mark_changed()
    return review.id


@transaction.atomic
def remove_review(*, slug: str, actor: Actor) -> None:
    """Take back one's own review."""
    actor.require(Permission.USE)
    review = Review.objects.filter(offering__slug=slug, person_id=actor.id, is_demo=False).first() if actor.id else None
    if review is None:
        raise ReviewNotFound(slug=slug)
    review.delete()
    recount(review.offering_id)
    index.mark_changed()


@transaction.atomic
def reply_to_review(*, review_id: UUID, text: str, actor: Actor, now: datetime) -> None:
    """Answer a review as its provider; an empty text takes the answer back."""
    actor.require(Permission.CONFIGURE)
    review = Review.objects.select_related("offering__provider").filter(pk=review_id).first()
    if review is None:
        raise ReviewNotFound(review_id=str(review_id))
    owner = review.offering.provider.organisation_id
    if actor.kind is not ActorKind.SYSTEM and (owner is None or owner != actor.organisation_id):
        raise NotTheProvider(review_id=str(review_id))
    review.reply = text.strip()[:MAX_TEXT]
    review.replied_at = now if review.reply else None
    review.save(update_fields=["reply", "replied_at"])


def _checked(draft: ReviewDraft) -> ReviewDraft:
    title, text = draft.title.strip(), draft.text.strip()
    if not 1 <= draft.rating <= 5:
        raise ReviewInvalid(field="rating")
    if not title or len(title) > MAX_TITLE:
        raise ReviewInvalid(field="title", at_most=MAX_TITLE)
    if not text or len(text) > MAX_TEXT:
        raise ReviewInvalid(field="text", at_most=MAX_TEXT)
    return ReviewDraft(rating=draft.rating, title=title, text=text)
