"""What the marketplace answers: search, offerings, reviews, providers, bundles, favourites."""

from emporion.market.queries.browsing import (
    cards_by,
    cards_of,
    catalogue_size,
    category_counts,
    category_words,
    favourite_slugs,
    favourites_of,
    most_used,
    nearest_to,
    search,
    similar_to,
    suggestions_for,
    version,
)
from emporion.market.queries.bundles import bundle_page, bundles, bundles_with
from emporion.market.queries.offerings import (
    asset_of,
    manifest_of,
    offering_page,
    offering_pages,
    provider_page,
    seller_organisation,
)
from emporion.market.queries.reviews import may_reply, may_review, reviews_of

__all__ = [
    "asset_of",
    "bundle_page",
    "bundles",
    "bundles_with",
    "cards_by",
    "cards_of",
    "catalogue_size",
    "category_counts",
    "category_words",
    "favourite_slugs",
    "favourites_of",
    "manifest_of",
    "may_reply",
    "may_review",
    "most_used",
    "nearest_to",
    "offering_page",
    "offering_pages",
    "provider_page",
    "reviews_of",
    "search",
    "seller_organisation",
    "similar_to",
    "suggestions_for",
    "version",
]
