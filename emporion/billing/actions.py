"""Verbs of billing: put on sale, start and end subscriptions, count usage, charge what is due."""

from emporion.billing.lifecycle import cancel_subscription, resume_subscription, start_subscription
from emporion.billing.metering import record_usage
from emporion.billing.publishing import publish_bundle, publish_product, withdraw_product

__all__ = [
    "cancel_subscription",
    "publish_bundle",
    "publish_product",
    "record_usage",
    "resume_subscription",
    "start_subscription",
    "withdraw_product",
]
