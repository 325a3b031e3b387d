"""Decides, without I/O, what a manifest costs at least and how it is found."""

from decimal import Decimal

from emporion.billing.types import PriceShape
from emporion.kernel.money import Money, Rate
from emporion.market.manifest import Manifest, PlanPart
from emporion.market.types import PriceBand, PriceKind, PriceTag

MODEL_WORDS = {
    PriceShape.SUBSCRIPTION: "subscription",
    PriceShape.USAGE: "usage",
    PriceShape.ONE_TIME: "once",
    PriceShape.CONTACT: "request",
}


def price_tag(manifest: Manifest) -> PriceTag:
    """The lowest price that an offering starts at; "from" when other plans cost more."""
    priced = [tag for plan in manifest.plans if (tag := _tag_of(plan, manifest.currency)) is not None]
    if not priced:
        return PriceTag(kind=PriceKind.CONTACT, price=Money.zero(manifest.currency))
    lowest = min(priced, key=_rank)
    several = len({(tag.kind, tag.micros) for tag in priced}) > 1 and lowest.kind is not PriceKind.FREE
    return PriceTag(kind=lowest.kind, price=lowest.price, unit=lowest.unit, is_from=several)


def price_band(tag: PriceTag) -> PriceBand:
    """What it costs to begin, in the bands that buyers choose from."""
    if tag.kind is PriceKind.CONTACT:
        return PriceBand.ON_REQUEST
    if tag.kind is PriceKind.FREE:
        return PriceBand.FREE
    if tag.micros < 30_000_000:
        return PriceBand.UNDER_30
    return PriceBand.TO_100 if tag.micros <= 100_000_000 else PriceBand.OVER_100


def pricing_models(manifest: Manifest) -> tuple[str, ...]:
    """How it can be paid, one word a plan; "on request" counts only when nothing else is offered."""
    shapes = {plan.shape for plan in manifest.plans}
    if len(shapes) > 1:
        shapes.discard(PriceShape.CONTACT)
    words = {MODEL_WORDS[shape] for shape in shapes}
    if any(plan.shape is PriceShape.SUBSCRIPTION and plan.monthly == 0 for plan in manifest.plans):
        words.add("free")
    if all(plan.monthly == 0 for plan in manifest.plans if plan.shape is PriceShape.SUBSCRIPTION):
        words.discard("subscription")
    return tuple(sorted(words))


def trial_days(manifest: Manifest) -> int:
    """The longest free trial of its plans."""
    return max(plan.trial_days for plan in manifest.plans)


def _tag_of(plan: PlanPart, currency: str) -> PriceTag | None:
    if plan.shape is PriceShape.SUBSCRIPTION and plan.monthly is not None:
        kind = PriceKind.MONTH if plan.monthly else PriceKind.FREE
        return PriceTag(kind=kind, price=Money.of(plan.monthly, currency))
    if plan.shape is PriceShape.ONE_TIME and plan.one_time is not None:
        return PriceTag(kind=PriceKind.ONCE, price=Money.of(plan.one_time, currency))
    if plan.shape is PriceShape.USAGE:
        part = next(part for part in plan.components if part.overage is not None)
        return PriceTag(kind=PriceKind.UNIT, price=Rate(part.overage or Decimal(0), currency), unit=part.unit)
    return None


def _rank(tag: PriceTag) -> tuple[bool, int]:
    """Free comes first; a price by use stands behind the fixed ones, because a month of it is not known."""
    return tag.kind is PriceKind.UNIT, tag.micros
