"""Notices that a vendor changed a price: from the dated prices of both lists, and from what a new version of a list says."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from emporion.gateway.pricing import pricelist, secondlist
from emporion.gateway.pricing.models import ListedPrice
from emporion.gateway.pricing.rates import Rates
from emporion.gateway.pricing.types import PriceChange

MOST_MODELS = 200


def price_changes(models: Iterable[tuple[str, str]], *, since: datetime, until: datetime) -> tuple[PriceChange, ...]:
    """What changed for these models (provider, name) in a stretch of time, newest first; each change once."""
    found: dict[tuple[str, str, str, Decimal, Decimal], PriceChange] = {}
    asked = list(models)[:MOST_MODELS]
    for provider, model in asked:
        for change in (*_dated(provider, model, since, until), *_second(provider, model, since, until)):
            found.setdefault((change.provider, change.model, change.kind, change.was, change.now), change)
    for change in _noticed(set(asked), since, until):
        found.setdefault((change.provider, change.model, change.kind, change.was, change.now), change)
    return tuple(sorted(found.values(), key=lambda change: (change.at, change.model, change.kind), reverse=True))


def _dated(provider: str, model: str, since: datetime, until: datetime) -> Iterable[PriceChange]:
    """The days on which the first list lets another price begin."""
    for day in pricelist.changes(provider, model):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if since <= at < until:
            was, now = (pricelist.find(provider, model, moment) for moment in (at - timedelta(seconds=1), at))
            if was and now:
                yield from compared(provider, model, was.rates, now.rates, at, pricelist.version())


def _second(provider: str, model: str, since: datetime, until: datetime) -> Iterable[PriceChange]:
    history = secondlist.history_of(provider, model)
    for earlier, later in pairwise(history):
        if since <= later.since < until:
            yield from compared(provider, model, earlier.rates, later.rates, later.since, later.source or secondlist.version())


def compared(provider: str, model: str, was: Rates, now: Rates, at: datetime, source: str) -> Iterable[PriceChange]:
    """The prices that are not the same in two sets of rates; a kind that only one of them has is no change of price."""
    before = {rate.kind: rate.price for rate in was}
    for rate in now:
        if rate.kind in before and before[rate.kind] != rate.price:
            yield PriceChange(
                provider=provider,
                model=model,
                kind=rate.kind,
                was=before[rate.kind],
                now=rate.price,
                at=at,
                source=source,
            )


def _noticed(models: set[tuple[str, str]], since: datetime, until: datetime) -> Iterable[PriceChange]:
    """What a new version of the list said otherwise, noticed when it was first looked at."""
    for row in ListedPrice.objects.filter(seen_at__gte=since, seen_at__lt=until, model__in={name for _, name in models}):
        if (row.provider, row.model) not in models:
            continue
        earlier = ListedPrice.objects.filter(provider=row.provider, model=row.model, seen_at__lt=row.seen_at).first()
        if earlier is None or earlier.version == row.version:
            continue  # dated within one version: said above already
        for kind, price in row.prices.items():
            was = earlier.prices.get(kind)
            if was is not None and Decimal(was) != Decimal(price):
                yield PriceChange(
                    provider=row.provider,
                    model=row.model,
                    kind=kind,
                    was=Decimal(was),
                    now=Decimal(price),
                    at=row.seen_at,
                    source=row.version,
                )


def notice(models: Iterable[tuple[str, str]], *, now: datetime) -> int:
    """Remembers what the list says of the models that were called, where that is not what it said last; returns how many."""
    added = 0
    for provider, model in models:
        found = pricelist.find(provider, model, now)
        if found is None:
            continue
        prices = {rate.kind: f"{rate.price:f}" for rate in found.rates}
        last = ListedPrice.objects.filter(provider=provider, model=model).first()
        if last is None or last.prices != prices:
            ListedPrice.objects.create(provider=provider, model=model, prices=prices, version=pricelist.version(), seen_at=now)
            added += 1
    return added
