"""Words and tones of signals for their pages: `{% load nexus_beats %}`."""

from django import template
from django.utils.translation import gettext as _

from emporion.nexus.signals.forms import GRACES, PERIODS
from emporion.nexus.signals.types import BeatState, DeploySource

register = template.Library()
_TONES = {
    BeatState.NEW: "idle",
    BeatState.ALIVE: "good",
    BeatState.RUNNING: "act",
    BeatState.LATE: "warn",
    BeatState.MISSING: "bad",
    BeatState.FAILED: "bad",
    BeatState.PAUSED: "idle",
}


@register.filter
def beat_tone(state: BeatState) -> str:
    """The tone of a heartbeat's state."""
    return _TONES[state]


@register.filter
def beat_label(state: BeatState) -> str:
    """A heartbeat's state in words."""
    return {
        BeatState.NEW: _("Waits for its first sign"),
        BeatState.ALIVE: _("Alive"),
        BeatState.RUNNING: _("Running"),
        BeatState.LATE: _("Late"),
        BeatState.MISSING: _("Missing"),
        BeatState.FAILED: _("Failed"),
        BeatState.PAUSED: _("Paused"),
    }[state]


@register.filter
def every(seconds: int) -> str:
    """How often something runs, in words."""
    return str(dict(PERIODS).get(seconds) or _("Every %(seconds)s seconds") % {"seconds": seconds})


@register.filter
def within(seconds: int) -> str:
    """A length of time, in words."""
    return str(dict(GRACES).get(seconds) or _("%(seconds)s seconds") % {"seconds": seconds})


@register.filter
def source_label(source: DeploySource) -> str:
    """Who told of a deploy, in words."""
    return {
        DeploySource.API: _("by the API"),
        DeploySource.PAGE: _("by hand"),
        DeploySource.GITHUB: _("by GitHub"),
        DeploySource.GITLAB: _("by GitLab"),
    }[source]


@register.filter
def seconds_of(milliseconds: int) -> str:
    """A duration as people say it."""
    seconds = milliseconds / 1000
    if seconds < 120:
        return _("%(seconds).1f s") % {"seconds": seconds}
    return _("%(minutes).0f min") % {"minutes": seconds / 60}
