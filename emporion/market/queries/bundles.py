"""Bundles: several offerings for less than their sum; what is in them and what they cost is billing's word."""

from collections.abc import Mapping
from datetime import datetime

from emporion.billing import queries as billing
from emporion.billing.types import BundleView
from emporion.market import index
from emporion.market.errors import BundleNotFound
from emporion.market.manifest import BundleManifest
from emporion.market.models import BundleListing
from emporion.market.types import BundleItemView, BundlePage
from emporion.plumbing.types import Actor


def bundles(*, actor: Actor, now: datetime) -> tuple[BundlePage, ...]:
    """All bundles on sale, in the order of the catalogue."""
    billed = {view.slug: view for view in billing.bundles()}
    pages = (_page(manifest, billed, now) for manifest in _manifests())
    return tuple(page for page in pages if page is not None)


def bundle_page(*, slug: str, actor: Actor, now: datetime) -> BundlePage:
    """One bundle; `BundleNotFound` when it is not on sale or one of its offerings no longer is."""
    page = next((page for page in bundles(actor=actor, now=now) if page.slug == slug), None)
    if page is None:
        raise BundleNotFound(slug=slug)
    return page


def bundles_with(*, slug: str, actor: Actor, now: datetime) -> tuple[BundlePage, ...]:
    """The bundles that an offering is part of."""
    return tuple(page for page in bundles(actor=actor, now=now) if any(item.card.slug == slug for item in page.items))


def _manifests() -> tuple[BundleManifest, ...]:
    rows = BundleListing.objects.order_by("position", "slug").values_list("manifest", flat=True)
    return tuple(BundleManifest.model_validate(data, strict=False) for data in rows)


def _page(manifest: BundleManifest, billed: Mapping[str, BundleView], now: datetime) -> BundlePage | None:
    if manifest.slug not in billed:
        return None
    view = billed[manifest.slug]
    quote = billing.quote_bundle(view, now=now)
    held = index.current()
    items = tuple(
        BundleItemView(
            card=card,
            plan_name=choice.plan.name,
            cycle=choice.cycle.value,
            price=line.gross,
            price_in_bundle=line.amount,
        )
        for part, choice, line in zip(manifest.items, view.items, quote.lines, strict=True)
        if (card := held.card(part.offering)) is not None
    )
    if len(items) < len(manifest.items):
        return None
    return BundlePage(
        slug=manifest.slug,
        name=manifest.name,
        tagline=manifest.tagline,
        description=manifest.description,
        percent_off=manifest.percent_off,
        is_partner=manifest.partner,
        items=items,
        gross=quote.gross,
        total=quote.total,
        cycle=quote.cycle.value,
    )
