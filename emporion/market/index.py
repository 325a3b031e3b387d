"""Holds the search index of this process and renews it when another process, or this one, changed the catalogue."""

import threading
from uuid import UUID

from django.db.models import F

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money, Rate
from emporion.market.manifest import Category
from emporion.market.models import CatalogueVersion, Offering
from emporion.market.searching import Entry, Index, build_index
from emporion.market.types import OfferingCard, PriceBand, PriceKind, PriceTag

_lock = threading.Lock()
_held: list[Index] = []


def current() -> Index:
    """The index of the catalogue as it is now: one query when nothing has changed."""
    stamp = CatalogueVersion.objects.filter(pk=1).values_list("stamp", flat=True).first() or UUID(int=0)
    if _held and _held[0].version == stamp:
        return _held[0]
    with _lock:
        if not (_held and _held[0].version == stamp):
            _held[:] = [build_index(stamp, _entries())]
        return _held[0]


def mark_changed() -> None:
    """Make every process read the catalogue anew; belongs inside the transaction of the change."""
    CatalogueVersion.objects.update_or_create(pk=1, defaults={"stamp": new_id()})


def card_of(row: Offering) -> OfferingCard:
    """The card of an offering whose provider was read with it."""
    return OfferingCard(
        id=row.id,
        slug=row.slug,
        name=row.name,
        tagline=row.tagline,
        category=Category(row.category),
        tags=tuple(row.tags),
        provider_slug=row.provider.slug,
        provider_name=row.provider.name,
        is_provider_verified=row.provider.is_verified,
        is_provider_demo=row.provider.is_demo,
        tile=row.tile,
        mark=row.mark,
        hue=row.hue,
        is_solid=row.is_solid,
        price=_price(row),
        price_band=PriceBand(row.price_band),
        pricing_models=tuple(row.pricing_models),
        rating_sum=row.rating_sum,
        rating_count=row.rating_count,
        demo_rating_count=row.demo_rating_count,
        subscriber_count=row.subscriber_count,
        released_on=row.released_on,
        can_try=row.can_try,
        trial_days=row.trial_days,
    )


def _price(row: Offering) -> PriceTag:
    kind = PriceKind(row.price_kind)
    rate = Rate(row.price.normalize(), row.currency)
    price = rate if kind is PriceKind.UNIT else Money.of(rate.amount, row.currency)
    return PriceTag(kind=kind, price=price, unit=row.price_unit, is_from=row.has_several_prices)


def _entries() -> list[Entry]:
    rows = (
        Offering.objects.filter(is_live=True)
        .select_related("provider")
        .defer("manifest")
        .annotate(words=F("search_document__text"))
    )
    return [Entry(card=card_of(row), description=row.words or "") for row in rows]
