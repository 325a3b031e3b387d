"""An offering and a provider in full."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q
from django.urls import reverse

from emporion.market import index
from emporion.market.errors import OfferingNotFound, ProviderNotFound
from emporion.market.manifest import Manifest
from emporion.market.models import Offering, OfferingAsset, Provider, Review
from emporion.market.queries.pricing import plans_by_offering
from emporion.market.queries.reviews import summary_of
from emporion.market.types import AssetFile, FilmView, OfferingPage, PictureView, ProviderView
from emporion.plumbing.types import Actor


def offering_page(*, slug: str, actor: Actor) -> OfferingPage:
    """Everything about one offering on sale; `OfferingNotFound` when there is none."""
    pages = offering_pages(slugs=[slug], actor=actor)
    if not pages:
        raise OfferingNotFound(slug=slug)
    return pages[0]


def offering_pages(*, slugs: Sequence[str], actor: Actor) -> tuple[OfferingPage, ...]:
    """Several offerings in this order, in a fixed number of queries; unknown ones are left out."""
    rows = list(Offering.objects.filter(slug__in=slugs, is_live=True).select_related("provider"))
    manifests = {row.id: Manifest.model_validate(row.manifest, strict=False) for row in rows}
    plans = plans_by_offering(manifests)
    assets: dict[UUID, dict[str, OfferingAsset]] = {row.id: {} for row in rows}
    for asset in OfferingAsset.objects.filter(offering__in=rows):
        assets[asset.offering_id][asset.path] = asset
    pages = {
        row.slug: OfferingPage(
            card=index.card_of(row),
            manifest=manifests[row.id],
            plans=plans[row.id],
            pictures=_pictures(row.slug, manifests[row.id], assets[row.id]),
            film=_film(row.slug, manifests[row.id], assets[row.id]),
            reviews=summary_of(Review.objects.filter(offering=row)),
            provider=_provider_view(row.provider),
            updated_at=row.updated_at,
        )
        for row in rows
        if plans[row.id]
    }
    return tuple(pages[slug] for slug in dict.fromkeys(slugs) if slug in pages)


def manifest_of(*, slug: str, actor: Actor) -> Manifest:
    """The manifest of an offering on sale."""
    data = Offering.objects.filter(slug=slug, is_live=True).values_list("manifest", flat=True).first()
    if data is None:
        raise OfferingNotFound(slug=slug)
    return Manifest.model_validate(data, strict=False)


def provider_page(*, slug: str, actor: Actor) -> ProviderView:
    """A provider who sells something here."""
    provider = Provider.objects.filter(slug=slug, offerings__is_live=True).distinct().first()
    if provider is None:
        raise ProviderNotFound(slug=slug)
    return _provider_view(provider)


def seller_organisation(slug: str) -> UUID | None:
    """The organisation that sells an offering here, for what works by itself; `None` for the installation's own."""
    return Provider.objects.filter(offerings__slug=slug).values_list("organisation_id", flat=True).first()


def asset_of(*, slug: str, path: str, actor: Actor) -> AssetFile:
    """A picture or film of an offering on sale."""
    asset = OfferingAsset.objects.filter(offering__slug=slug, offering__is_live=True, path=path).first()
    if asset is None:
        raise OfferingNotFound(slug=slug, path=path)
    return AssetFile(storage_name=f"market/{asset.sha256[:2]}/{asset.sha256}", media_type=asset.media_type, sha256=asset.sha256)


def last_change() -> datetime | None:
    """When anything on sale last changed."""
    latest: datetime | None = Offering.objects.aggregate(latest=Max("updated_at"))["latest"]
    return latest


def _provider_view(provider: Provider) -> ProviderView:
    count = Offering.objects.filter(provider=provider).aggregate(live=Count("id", filter=Q(is_live=True)))["live"]
    return ProviderView(
        slug=provider.slug,
        name=provider.name,
        line=provider.line,
        is_demo=provider.is_demo,
        is_verified=provider.is_verified,
        offering_count=count,
        reviews=summary_of(Review.objects.filter(offering__provider=provider, offering__is_live=True)),
        selling_since=provider.created_at,
    )


def _pictures(slug: str, manifest: Manifest, assets: dict[str, OfferingAsset]) -> tuple[PictureView, ...]:
    return tuple(
        PictureView(
            url=_asset_url(slug, assets[shot.file]),
            alt=shot.alt,
            caption=shot.caption or "",
            width=assets[shot.file].width,
            height=assets[shot.file].height,
        )
        for shot in manifest.screenshots
        if shot.file in assets
    )


def _film(slug: str, manifest: Manifest, assets: dict[str, OfferingAsset]) -> FilmView | None:
    video = manifest.video
    if video is None or video.file not in assets:
        return None
    poster, captions = assets.get(video.poster or ""), assets.get(video.captions or "")
    return FilmView(
        url=_asset_url(slug, assets[video.file]),
        media_type=assets[video.file].media_type,
        poster_url=_asset_url(slug, poster) if poster else "",
        captions_url=_asset_url(slug, captions) if captions else "",
    )


def _asset_url(slug: str, asset: OfferingAsset) -> str:
    """The address carries the hash, so that browsers keep the file for ever."""
    address: str = reverse("market:asset", args=[slug, asset.path.removeprefix("assets/")])
    return f"{address}?v={asset.sha256[:12]}"
