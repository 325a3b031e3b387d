"""What topics and channels are called, and what they bring."""

from django.utils.translation import gettext_lazy as _

from emporion.notify.types import Channel, Topic

TITLES = {
    Topic.PURCHASE: (_("Purchases"), _("Orders, receipts and what was provisioned")),
    Topic.BILLING: (_("Billing"), _("Renewals, invoices, failed payments and the wallet")),
    Topic.USAGE: (_("Usage"), _("80%, 90% and 100% of a plan's limit")),
    Topic.AGENT: (_("Agents"), _("Handovers, questions without an answer, training that failed")),
    Topic.WIDGET: (_("Widgets"), _("A widget that went silent or is blocked")),
    Topic.AUTOMATION: (_("Automations"), _("Runs that failed, and digests")),
    Topic.REVIEW: (_("Reviews"), _("Answers to your reviews, and reviews of what you sell")),
    Topic.INCIDENT: (_("Incidents"), _("Something that you watch broke or came back; being paged is not affected")),
    Topic.VISITOR: (_("Visitors"), _("Customers and likely buyers on a website that you measure, where you asked for it")),
    Topic.TEAM: (_("Team"), _("People who join, leave or change roles")),
    Topic.SECURITY: (_("Security"), _("Changes to how you log in; mail is always sent")),
}
CHANNELS = {Channel.IN_APP: _("in the app"), Channel.EMAIL: _("by e-mail"), Channel.PUSH: _("by push")}
