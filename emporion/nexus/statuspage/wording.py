"""What statuses and stages are called."""

from django.utils.translation import gettext_lazy as _

from emporion.nexus.statuspage.types import ComponentStatus, Indicator, Stage

STATUSES = {
    ComponentStatus.OPERATIONAL: _("Operational"),
    ComponentStatus.UNDER_MAINTENANCE: _("Under maintenance"),
    ComponentStatus.DEGRADED: _("Degraded performance"),
    ComponentStatus.PARTIAL_OUTAGE: _("Partial outage"),
    ComponentStatus.MAJOR_OUTAGE: _("Major outage"),
}
STATUS_TONES = {
    ComponentStatus.OPERATIONAL: "good",
    ComponentStatus.UNDER_MAINTENANCE: "action",
    ComponentStatus.DEGRADED: "warn",
    ComponentStatus.PARTIAL_OUTAGE: "warn",
    ComponentStatus.MAJOR_OUTAGE: "bad",
}
STATUS_ICONS = {
    ComponentStatus.OPERATIONAL: "circle-check",
    ComponentStatus.UNDER_MAINTENANCE: "wrench",
    ComponentStatus.DEGRADED: "triangle-alert",
    ComponentStatus.PARTIAL_OUTAGE: "triangle-alert",
    ComponentStatus.MAJOR_OUTAGE: "octagon-alert",
}
STAGES = {
    Stage.INVESTIGATING: _("Investigating"),
    Stage.IDENTIFIED: _("Identified"),
    Stage.MONITORING: _("Monitoring"),
    Stage.RESOLVED: _("Resolved"),
    Stage.POSTMORTEM: _("Postmortem"),
    Stage.SCHEDULED: _("Scheduled"),
    Stage.IN_PROGRESS: _("In progress"),
    Stage.VERIFYING: _("Verifying"),
    Stage.COMPLETED: _("Completed"),
}
# The words that programs know from Statuspage; not translated in the API.
DESCRIPTIONS = {
    Indicator.NONE: "All Systems Operational",
    Indicator.MINOR: "Minor Service Outage",
    Indicator.MAJOR: "Partial System Outage",
    Indicator.CRITICAL: "Major Service Outage",
    Indicator.MAINTENANCE: "Service Under Maintenance",
}
HEADLINES = {
    Indicator.NONE: _("Everything works"),
    Indicator.MINOR: _("Something is slower or fails now and then"),
    Indicator.MAJOR: _("Something does not work for many"),
    Indicator.CRITICAL: _("Something is down"),
    Indicator.MAINTENANCE: _("Maintenance is under way"),
}
INDICATOR_TONES = {
    Indicator.NONE: "good",
    Indicator.MINOR: "warn",
    Indicator.MAJOR: "warn",
    Indicator.CRITICAL: "bad",
    Indicator.MAINTENANCE: "action",
}
