"""Holds the search index of this process and renews it when another process, or this one, changed the catalogue."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money, Rate
from emporion.market.manifest import Category
from emporion.market.models import CatalogueVersion, Offering
from emporion.market.searching import Entry, Index, build_index
from emporion.market.types import OfferingCard, PriceBand, PriceKind, PriceTag

FRESH_SECONDS = 0.1  # how late a change that another process made may show; what this process changes shows at once


class _Memory:
    """The last index, when it was compared with the table, and how often this process changed the catalogue."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.index: Index | None = None
        self.draft: Index | None = None  # what a transaction sees that may still be rolled back: never for anybody else
        self.checked_at = float("-inf")
        self.changes = 0

    def forget(self) -> None:
        """Compare with the table before the next answer."""
        with self.lock:
            self.changes += 1
            self.checked_at = float("-inf")


_memory = _Memory()
_pinned: ContextVar[Index | None] = ContextVar("pinned_index", default=None)


def latest() -> Index | None:
    """The index, if the table was looked at just now; never asks the database."""
    is_fresh = time.monotonic() - _memory.checked_at < FRESH_SECONDS
    return _memory.index if is_fresh else None


def current() -> Index:
    """The index of the catalogue as it is now: at most one query when nothing has changed."""
    if (pinned := _pinned.get()) is not None:
        return pinned
    # Inside a transaction only the table knows what this transaction changed.
    if not connection.in_atomic_block and (fresh := latest()) is not None:
        return fresh
    return _read()


@contextmanager
def pinned(index: Index) -> Iterator[None]:
    """Answer everything inside from one state of the catalogue."""
    token = _pinned.set(index)
    try:
        yield
    finally:
        _pinned.reset(token)


def mark_changed() -> None:
    """Make every process read the catalogue anew; belongs inside the transaction of the change."""
    CatalogueVersion.objects.update_or_create(pk=1, defaults={"stamp": new_id()})
    _memory.forget()
    transaction.on_commit(_memory.forget)


def _read() -> Index:
    changes, asked_at = _memory.changes, time.monotonic()
    stamp = CatalogueVersion.objects.filter(pk=1).values_list("stamp", flat=True).first() or UUID(int=0)
    if connection.in_atomic_block:
        _memory.draft = _index_of(stamp, _memory.draft)
        return _memory.draft
    with _building:
        held = _memory.index = _index_of(stamp, _memory.index)
    with _memory.lock:
        if changes == _memory.changes:
            _memory.checked_at = asked_at
    return held


def _index_of(stamp: UUID, known: Index | None) -> Index:
    return known if known is not None and known.version == stamp else build_index(stamp, _entries())


_building = threading.Lock()


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
        .annotate(words=F("search_document__text"), keywords=F("manifest__keywords"))
    )
    return [Entry(card=card_of(row), description=row.words or "", keywords=tuple(row.keywords or ())) for row in rows]
