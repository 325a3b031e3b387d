"""Remembers what a person wants to find again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.kernel.errors import Denied
from emporion.market.errors import OfferingNotFound
from emporion.market.models import Favourite, Offering
from emporion.plumbing.types import Actor, ActorKind


@transaction.atomic
def add_favourite(*, slug: str, actor: Actor, now: datetime) -> None:
    """Remember an offering; a second time changes nothing."""
    offering = Offering.objects.filter(slug=slug, is_live=True).first()
    if offering is None:
        raise OfferingNotFound(slug=slug)
    Favourite.objects.get_or_create(person_id=_person(actor), offering=offering, defaults={"created_at": now})


@transaction.atomic
def remove_favourite(*, slug: str, actor: Actor) -> None:
    """Forget it again."""
    Favourite.objects.filter(person_id=_person(actor), offering__slug=slug).delete()


def _person(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise Denied("Only people have favourites.", next_step="Sign in.")
    return actor.id
