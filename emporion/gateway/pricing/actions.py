"""Setting prices of one's own, and pricing stored calls again where a price was wrong."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.pricing.errors import CorrectionInvalid, PriceInvalid, PriceNotFound
from emporion.gateway.pricing.events import PricesChanged
from emporion.gateway.pricing.models import PriceCorrection, PriceOverride
from emporion.gateway.pricing.orders import NewCorrection, Repricing
from emporion.gateway.pricing.queries import correction_view, price_of
from emporion.gateway.pricing.types import CorrectionView, NewPrice, PriceView
from emporion.plumbing.actions import enqueue, publish
from emporion.plumbing.types import Actor, Permission

TOKEN_PRICES = ("input", "output", "cache_read", "cache_write")
DEAREST = Decimal(1_000_000)  # USD for a million tokens; beyond it somebody mistook the unit


def set_price(*, price: NewPrice, actor: Actor, now: datetime) -> PriceView:
    """Sets a price or a discount of one's own from a moment on; PriceInvalid names what does not fit."""
    actor.require(Permission.MANAGE_PROJECTS)
    _check(price)
    with transaction.atomic():
        row = PriceOverride.objects.create(
            organisation_id=actor.organisation,
            provider=price.provider.strip().lower()[:40],
            model=price.model.strip()[:120],
            input=price.input,
            output=price.output,
            cache_read=price.cache_read,
            cache_write=price.cache_write,
            per_call=price.per_call,
            discount_percent=price.discount_percent,
            note=price.note.strip()[:200],
            valid_from=price.valid_from,
            created_by=actor.name[:150],
            created_at=now,
        )
        _tell(actor, "set", row.pk, str(row), now)
    return price_of(actor, row.pk, now=now)


def remove_price(*, price_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes an own price away for calls from now on; it can come back. PriceNotFound."""
    _mark(price_id, "remove", removed_at=now, actor=actor, now=now)


def restore_price(*, price_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed price back; PriceNotFound."""
    _mark(price_id, "restore", removed_at=None, actor=actor, now=now)


def reprice(*, correction: NewCorrection, project_id: UUID, actor: Actor, now: datetime) -> CorrectionView:
    """Prices the stored calls of a stretch of time again, by the lists and own prices as they are now.

    The calls keep what they were stored with; what changes is kept as a correction, which every total counts in.
    CorrectionInvalid names what does not fit.
    """
    actor.require(Permission.MANAGE_PROJECTS)
    actor.require(Permission.CONFIGURE, project_id)
    if correction.since >= min(correction.until, now):
        raise CorrectionInvalid("The first day must lie before the last one, and before today.", field="since")
    if not correction.reason.strip():
        raise CorrectionInvalid("Say why: whoever reads the figures later will ask.", field="reason")
    with transaction.atomic():
        row = PriceCorrection.objects.create(
            organisation_id=actor.organisation,
            project_id=project_id,
            since=correction.since,
            until=min(correction.until, now),
            provider=correction.provider.strip().lower()[:60],
            model=correction.model.strip()[:200],
            reason=correction.reason.strip()[:300],
            started_by=actor.name[:150],
            started_at=now,
        )
        record_audit(actor=actor, verb="reprice", object_type="calls", object_id=row.pk, detail=row.reason, now=now)
        enqueue("gateway.pricing.reprice", Repricing(correction_id=row.pk), now=now)
    return correction_view(row)


def _check(price: NewPrice) -> None:
    if not price.model.strip():
        raise PriceInvalid("Name a model, or * for all of a provider's.", field="model")
    own = [name for name in (*TOKEN_PRICES, "per_call") if getattr(price, name) is not None]
    for name in own:
        value: Decimal = getattr(price, name)
        if not value.is_finite() or not 0 <= value <= DEAREST:
            raise PriceInvalid("A price is between 0 and 1,000,000 USD.", field=name)
    has_tokens = price.input is not None or price.output is not None
    if (price.cache_read is not None or price.cache_write is not None) and price.input is None:
        raise PriceInvalid("A price for cached tokens needs one for input beside it.", field="input")
    if price.discount_percent is None:
        if not own:
            raise PriceInvalid("Enter a price, or a discount.", field="input")
        return
    if not 0 < price.discount_percent <= 100:
        raise PriceInvalid("A discount is more than 0 and at most 100 percent.", field="discount_percent")
    if has_tokens:
        raise PriceInvalid("Own prices have no discount: enter what you pay.", field="discount_percent")


def _mark(price_id: UUID, verb: str, *, removed_at: datetime | None, actor: Actor, now: datetime) -> None:
    actor.require(Permission.MANAGE_PROJECTS)
    with transaction.atomic():
        found = PriceOverride.objects.filter(organisation_id=actor.organisation, pk=price_id)
        row = found.first()
        if row is None:
            raise PriceNotFound(price_id=price_id)
        found.update(removed_at=removed_at)
        _tell(actor, verb, price_id, str(row), now)


def _tell(actor: Actor, verb: str, price_id: UUID, detail: str, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="price", object_id=price_id, detail=detail, now=now)
    publish(PricesChanged(organisation_id=actor.organisation), now=now)
