"""Verbs of billing: put on sale, start, change and end subscriptions, count usage, charge what is due."""

from emporion.billing.changing import PlanChange, change_plan, give_up_change, keep_plan
from emporion.billing.lifecycle import (
    cancel_subscription,
    end_all,
    end_given_back,
    label_subscription,
    resume_subscription,
    start_subscription,
)
from emporion.billing.metering import record_usage
from emporion.billing.publishing import publish_bundle, publish_product, withdraw_bundles, withdraw_product
from emporion.billing.renewing import collect_charge, pay_charge, record_charge_payment, renew_due
from emporion.billing.revenue import post_sale, take_back_shares
from emporion.billing.unpaid import Owed, ask_for_transfer, go_on, pause, pay_now, remind

__all__ = [
    "Owed",
    "PlanChange",
    "ask_for_transfer",
    "cancel_subscription",
    "change_plan",
    "collect_charge",
    "end_all",
    "end_given_back",
    "give_up_change",
    "go_on",
    "keep_plan",
    "label_subscription",
    "pause",
    "pay_charge",
    "pay_now",
    "post_sale",
    "publish_bundle",
    "publish_product",
    "record_charge_payment",
    "record_usage",
    "remind",
    "renew_due",
    "resume_subscription",
    "start_subscription",
    "take_back_shares",
    "withdraw_bundles",
    "withdraw_product",
]
