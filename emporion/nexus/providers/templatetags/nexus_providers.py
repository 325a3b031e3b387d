"""Words and tones of providers' incidents for their pages: `{% load nexus_providers %}`."""

from django import template
from django.utils.translation import gettext as _

from emporion.nexus.providers.types import FeedState, Impact, Stage

register = template.Library()
_TONES = {
    Impact.NONE: "good",
    Impact.MAINTENANCE: "idle",
    Impact.MINOR: "warn",
    Impact.MAJOR: "bad",
    Impact.CRITICAL: "bad",
}
_STATUS_TONES = {"operational": "good", "degraded_performance": "warn", "partial_outage": "bad", "major_outage": "bad"}


@register.filter
def impact_tone(impact: Impact) -> str:
    """The tone of an impact."""
    return _TONES[impact]


@register.filter
def impact_label(impact: Impact) -> str:
    """An impact in words, as a state of the whole page."""
    return {
        Impact.NONE: _("All well"),
        Impact.MAINTENANCE: _("Maintenance"),
        Impact.MINOR: _("Minor trouble"),
        Impact.MAJOR: _("Major trouble"),
        Impact.CRITICAL: _("Critical trouble"),
    }[impact]


@register.filter
def stage_label(stage: Stage) -> str:
    """Where an incident stands, in words."""
    return {
        Stage.INVESTIGATING: _("Investigating"),
        Stage.IDENTIFIED: _("Identified"),
        Stage.MONITORING: _("Monitoring"),
        Stage.RESOLVED: _("Resolved"),
        Stage.POSTMORTEM: _("Postmortem"),
    }[stage]


@register.filter
def is_down(state: FeedState) -> bool:
    """Whether the page itself could not be read."""
    return state is FeedState.DOWN


@register.filter
def status_tone(status: str) -> str:
    """The tone of a component's status."""
    return _STATUS_TONES.get(status, "idle")


@register.filter
def status_label(status: str) -> str:
    """A component's status in words."""
    words = {
        "operational": _("Operational"),
        "degraded_performance": _("Degraded"),
        "partial_outage": _("Partial outage"),
        "major_outage": _("Major outage"),
        "under_maintenance": _("Maintenance"),
    }
    return words.get(status, status.replace("_", " "))
