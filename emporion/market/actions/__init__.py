"""What can be done to the marketplace: publish, review, remember."""

from emporion.market.actions.favourites import add_favourite, remove_favourite
from emporion.market.actions.publishing import (
    assign_provider,
    count_subscribers,
    publish_bundle,
    publish_offering,
    verify_provider,
)
from emporion.market.actions.reviewing import remove_review, reply_to_review, write_review

__all__ = [
    "add_favourite",
    "assign_provider",
    "count_subscribers",
    "publish_bundle",
    "publish_offering",
    "remove_favourite",
    "remove_review",
    "reply_to_review",
    "verify_provider",
    "write_review",
]
