"""What a report proposes: things to do that the record asks for, and thresholds that would have noticed it sooner."""

from datetime import datetime

from django.utils.translation import gettext as _

from emporion.nexus.alerts.backtesting import suggestions
from emporion.nexus.incidents import drafting
from emporion.nexus.incidents.types import EntryKind, IncidentView
from emporion.plumbing.types import Actor

MOST_THRESHOLDS = 5


def proposed_items(known: drafting.Recorded) -> tuple[tuple[str, str], ...]:
    """What is to be done, by a key that keeps it from being proposed twice."""
    found = []
    slow = {phase.name for phase in drafting.phases(known) if phase.is_slow}
    kinds = {entry.kind for entry in known.timeline}
    if any(one.verb == "divert" for one in known.mitigations):
        found.append(("standing-fallback", _("Set up a standing fallback route, so that nobody has to tap next time")))
    elif not known.mitigations:
        found.append(("fallback", _("Decide where these calls go when the API fails, and set up a fallback route")))
    if EntryKind.CHECK not in kinds:
        found.append(("check", _("Add a synthetic check of this API, so that recovery shows without calls")))
    if _("Acknowledge") in slow:
        found.append(("on-call", _("Look at the on-call schedule: it took long until somebody had it")))
    if _("First update") in slow:
        found.append(("update", _("Decide who writes updates, so that customers hear sooner")))
    if not known.impact.is_attributed:
        found.append(("attribute", _("Send customer and feature with each call, so that the next impact is counted")))
    return tuple(found)


def threshold_suggestions(actor: Actor, incident: IncidentView, now: datetime) -> tuple[str, ...]:
    """Limits of the incident's APIs that its project's history suggests, in words."""
    found = suggestions(actor, incident.project_id, now)
    about = [one for one in found if one.spec.api_id is None or one.spec.api_id in incident.api_ids]
    return tuple(f"{one.spec.name}: {one.why}" for one in about[:MOST_THRESHOLDS])
