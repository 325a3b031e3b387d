"""The one table of who hears what: events and their listeners, jobs and their handlers, schedules.

Handlers are dotted paths, imported when first needed, so that the server starts without what only jobs use.
"""

from collections.abc import Mapping
from datetime import timedelta

LISTENERS: Mapping[str, tuple[str, ...]] = {
    "accounts.AuditRecorded": ("emporion.config.eventlog:keep_audit",),
    "payments.PaymentSucceeded": ("emporion.checkout.jobs:settle_paid_order", "emporion.billing.jobs:settle_charge"),
    "payments.PaymentFailed": ("emporion.checkout.jobs:fail_order", "emporion.billing.jobs:fail_charge"),
    "payments.PaymentActionRequired": ("emporion.checkout.jobs:await_buyer",),
    "checkout.PurchaseCompleted": ("emporion.checkout.jobs:send_receipt", "emporion.config.sales:keep_purchase"),
    "checkout.PurchaseFailed": ("emporion.checkout.jobs:tell_failure",),
    "checkout.QuoteRequested": ("emporion.checkout.jobs:send_request",),
    "payments.PaymentRefunded": ("emporion.config.sales:keep_refund",),
    "billing.SubscriptionRenewed": ("emporion.config.sales:keep_renewal",),
    "billing.UsageCounted": ("emporion.config.eventlog:keep_usage",),
    "billing.UsageThresholdReached": ("emporion.billing.jobs:tell_usage",),
    "billing.RenewalFailed": ("emporion.billing.jobs:tell_failed_renewal",),
    "billing.SubscriptionStarted": (
        "emporion.agents.runtime.jobs:provision_agent",
        "emporion.agents.automations.jobs:provision_automation",
        "emporion.market.jobs:count_on_start",
    ),
    "billing.SubscriptionEnded": (
        "emporion.agents.runtime.jobs:end_agent",
        "emporion.agents.automations.jobs:end_automation",
        "emporion.market.jobs:count_on_end",
    ),
    "agents.runtime.AgentProvisioned": ("emporion.agents.channels.jobs:furnish_agent",),
    "agents.runtime.HandoverRequested": ("emporion.agents.runtime.jobs:tell_the_team",),
    "agents.runtime.MessageAnswered": ("emporion.config.eventlog:keep_message",),
    "agents.channels.WidgetSeen": ("emporion.config.eventlog:keep_widget",),
    "insights.api.GoalRecorded": ("emporion.config.eventlog:keep_goal",),
    "insights.sites.EventsLetIn": ("emporion.config.eventlog:let_in",),
    "billing.PlanChanged": ("emporion.insights.reports.jobs:note_plan",),
    "insights.sites.SiteChanged": ("emporion.config.snapshot:on_change", "emporion.insights.revenue.jobs:reconsider_window"),
}
JOBS: Mapping[str, str] = {
    "notify.deliver_mail": "emporion.notify.jobs:deliver_mail",
    "payments.apply_webhook": "emporion.payments.jobs:apply_webhook",
    "payments.poll": "emporion.payments.jobs:settle_overdue",
    "payments.send_sandbox_webhook": "emporion.payments.jobs:send_sandbox_webhook",
    "payments.settle_sandbox_charge": "emporion.payments.jobs:settle_sandbox_charge",
    "billing.renew_due": "emporion.billing.jobs:renew_due",
    "billing.collect_charge": "emporion.billing.jobs:collect_charge",
    "ledger.expire_credit": "emporion.ledger.jobs:expire_credit",
    "agents.read_source": "emporion.agents.knowledge.jobs:read_source",
    "agents.erase_deleted": "emporion.agents.knowledge.jobs:erase",
    "agents.erase_demos": "emporion.agents.runtime.jobs:erase_demos",
    "agents.notice_interruptions": "emporion.agents.runtime.jobs:notice_interruptions",
    "agents.automations.start_due": "emporion.agents.automations.jobs:start_due",
    "agents.automations.perform": "emporion.agents.automations.jobs:perform",
    "insights.apply_stripe_event": "emporion.insights.revenue.jobs:apply_stripe_event",
    "insights.attribute": "emporion.insights.revenue.jobs:attribute",
    "insights.look_again": "emporion.insights.revenue.jobs:look_again",
    "insights.take_again": "emporion.insights.revenue.jobs:take_again",
    "insights.ask_stripe": "emporion.insights.revenue.jobs:ask_stripe",
    "insights.sync_stripe": "emporion.insights.revenue.jobs:sync_stripe",
    "insights.forget_raw": "emporion.insights.revenue.jobs:forget_raw",
    "insights.send_due_reports": "emporion.insights.reports.jobs:send_due",
    "insights.send_report": "emporion.insights.reports.jobs:send_report",
}
SCHEDULE: Mapping[str, timedelta] = {
    "payments.poll": timedelta(minutes=1),
    "billing.renew_due": timedelta(minutes=1),
    "ledger.expire_credit": timedelta(hours=1),
    "agents.erase_deleted": timedelta(hours=1),
    "agents.erase_demos": timedelta(minutes=30),
    "agents.notice_interruptions": timedelta(minutes=1),
    "agents.automations.start_due": timedelta(minutes=1),
    "insights.look_again": timedelta(seconds=30),
    "insights.take_again": timedelta(minutes=15),
    "insights.ask_stripe": timedelta(minutes=10),
    "insights.forget_raw": timedelta(hours=6),
    "insights.send_due_reports": timedelta(minutes=5),
}
