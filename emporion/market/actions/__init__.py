"""What can be done to the marketplace: publish, review, remember."""

from emporion.market.actions.favourites import add_favourite, remove_favourite
from emporion.market.actions.publishing import (
    assign_provider,
    publish_bundle,
    publish_offering,
    recount_use,
    verify_provider,
    withdraw_missing,
)
from emporion.market.actions.reviewing import forget_person, remove_review, reply_to_review, write_review

__all__ = [
    "add_favourite",
    "assign_provider",
    "forget_person",
    "publish_bundle",
    "publish_offering",
    "recount_use",
    "remove_favourite",
    "remove_review",
    "reply_to_review",
    "verify_provider",
    "withdraw_missing",
    "write_review",
]
