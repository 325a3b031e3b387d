"""Puts offerings and bundles on sale; doing it again with the same content changes nothing."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, time
from uuid import UUID, uuid5

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from emporion.billing import queries as billing
from emporion.kernel.errors import Denied
from emporion.kernel.money import Money
from emporion.market import index, rules
from emporion.market.actions.counting import recount
from emporion.market.errors import ProviderNotFound
from emporion.market.manifest import Asset, BundleManifest, HostedDelivery, Listing, Manifest
from emporion.market.manifest.marks import read_mark
from emporion.market.manifest.pictures import read_picture
from emporion.market.models import BundleListing, Offering, OfferingAsset, Provider, Review, SearchDocument
from emporion.market.words import plain_text
from emporion.plumbing.types import Actor, ActorKind


@transaction.atomic
def publish_offering(*, listing: Listing, actor: Actor, now: datetime) -> UUID:
    """Put an offering on sale, or bring the one on sale up to date; returns its id.

    Only the product itself publishes for now; equal content (`content_hash`) writes nothing.
    """
    _require_system(actor)
    manifest = listing.manifest
    known = Offering.objects.select_for_update().filter(pk=manifest.id).first()
    if known is not None and known.content_hash == listing.content_hash and known.is_live:
        return known.id
    provider = _provider(manifest, now)
    values = _columns(listing) | {"provider": provider, "updated_at": now, "is_live": True}
    Offering.objects.update_or_create(pk=manifest.id, defaults=values, create_defaults=values | {"published_at": now})
    words = " ".join((plain_text(manifest.description), *(f"{part.title} {part.text}" for part in manifest.features)))
    SearchDocument.objects.update_or_create(offering_id=manifest.id, defaults={"text": words})
    _keep_assets(manifest, listing.assets)
    _keep_demo_reviews(manifest)
    index.mark_changed()
    return manifest.id


@transaction.atomic
def publish_bundle(*, bundle: BundleManifest, position: int, actor: Actor) -> UUID:
    """Show a bundle, at its place among the others."""
    _require_system(actor)
    values = {"slug": bundle.slug, "position": position, "manifest": bundle.model_dump(mode="json")}
    BundleListing.objects.update_or_create(pk=bundle.id, defaults=values)
    return bundle.id


@transaction.atomic
def withdraw_missing(*, kept: Collection[UUID], kept_bundles: Collection[str], actor: Actor, now: datetime) -> tuple[UUID, ...]:
    """Take off sale what came from the catalogue's folder and is no longer in it; returns the ids of these offerings.

    The rows stay, for those who bought: their agents, reviews and receipts go on.
    """
    _require_system(actor)
    gone = Offering.objects.filter(is_live=True, is_from_folder=True).exclude(pk__in=list(kept))
    withdrawn = tuple(gone.values_list("pk", flat=True))
    Offering.objects.filter(pk__in=withdrawn).update(is_live=False, updated_at=now)
    BundleListing.objects.exclude(slug__in=list(kept_bundles)).delete()
    if withdrawn:
        index.mark_changed()
    return withdrawn


@transaction.atomic
def verify_provider(*, slug: str, actor: Actor) -> None:
    """Give a provider the badge that says we know who they are."""
    _require_system(actor)
    if Provider.objects.filter(slug=slug, is_verified=False).update(is_verified=True):
        index.mark_changed()


@transaction.atomic
def assign_provider(*, slug: str, organisation_id: UUID, actor: Actor) -> None:
    """Say which organisation a provider is, so that its people can reply to reviews."""
    _require_system(actor)
    if not Provider.objects.filter(slug=slug).update(organisation_id=organisation_id):
        raise ProviderNotFound(slug=slug)


@transaction.atomic
def recount_use() -> None:
    """Note how many organisations use each offering now; "most used" is sorted by it."""
    counts = billing.users_by_product()
    changed = 0
    for offering_id, known in Offering.objects.values_list("id", "subscriber_count"):
        if (count := counts.get(offering_id, 0)) != known:
            changed += Offering.objects.filter(pk=offering_id).update(subscriber_count=count)
    if changed:
        index.mark_changed()


def _require_system(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        raise Denied(permission="publish")


def _provider(manifest: Manifest, now: datetime) -> Provider:
    part = manifest.provider
    values = {"name": part.name, "line": part.line, "is_demo": part.demo}
    provider, _ = Provider.objects.update_or_create(slug=part.slug, defaults=values, create_defaults=values | {"created_at": now})
    return provider


def _columns(listing: Listing) -> dict[str, object]:
    """The columns that lists and search read, drawn from the manifest."""
    manifest = listing.manifest
    tag = rules.price_tag(manifest)
    mark = read_mark(listing.asset(manifest.icon.file).content) if manifest.icon.file else ""
    return {
        "slug": manifest.slug,
        "category": manifest.category.value,
        "name": manifest.name,
        "tagline": manifest.tagline,
        "tags": list(manifest.tags),
        "tile": manifest.icon.tile or "",
        "hue": manifest.icon.hue.value,
        "is_solid": manifest.icon.solid,
        "mark": mark,
        "can_try": manifest.demo.enabled and isinstance(manifest.delivery, HostedDelivery),
        "trial_days": rules.trial_days(manifest),
        "price_kind": tag.kind.value,
        "price": tag.price.major if isinstance(tag.price, Money) else tag.price.amount,
        "price_unit": tag.unit,
        "currency": manifest.currency,
        "has_several_prices": tag.is_from,
        "price_band": rules.price_band(tag).value,
        "pricing_models": list(rules.pricing_models(manifest)),
        "released_on": manifest.released_on,
        "content_hash": listing.content_hash,
        "manifest": manifest.model_dump(mode="json"),
    }


def _keep_assets(manifest: Manifest, assets: tuple[Asset, ...]) -> None:
    OfferingAsset.objects.filter(offering_id=manifest.id).exclude(path__in=[asset.path for asset in assets]).delete()
    for asset in assets:
        digest = hashlib.sha256(asset.content).hexdigest()
        if not default_storage.exists(name := stored_name(digest)):
            default_storage.save(name, ContentFile(asset.content))
        picture = read_picture(asset.content)
        size = {"width": picture.width, "height": picture.height} if picture else {"width": 0, "height": 0}
        values = {"media_type": asset.media_type, "sha256": digest} | size
        OfferingAsset.objects.update_or_create(offering_id=manifest.id, path=asset.path, defaults=values)


def stored_name(digest: str) -> str:
    """Where an asset of this hash is kept."""
    return f"market/{digest[:2]}/{digest}"


def _keep_demo_reviews(manifest: Manifest) -> None:
    """The demo reviews of the manifest replace those of the version before; real ones stay."""
    Review.objects.filter(offering_id=manifest.id, is_demo=True).delete()
    names = {plan.slug: plan.name for plan in manifest.plans}
    for part in manifest.demo_reviews:
        written_at = datetime.combine(part.written_on, time(12), UTC)
        reply = part.reply
        Review.objects.create(
            id=uuid5(manifest.id, f"{part.author} {part.title}"),
            offering_id=manifest.id,
            author=part.author,
            company=part.company or "",
            plan_name=names[part.plan],
            rating=part.rating,
            title=part.title,
            text=part.text,
            is_demo=True,
            written_at=written_at,
            updated_at=written_at,
            reply=reply.text if reply else "",
            replied_at=datetime.combine(reply.written_on, time(12), UTC) if reply else None,
        )
    recount(manifest.id)
