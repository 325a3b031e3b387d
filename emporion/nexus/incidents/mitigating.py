"""What is done about an incident through the gateway: a suggestion applied with one tap, taken back, or going back by itself."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from emporion.gateway.routing import actions as gateway
from emporion.gateway.routing.events import RouteChanged
from emporion.gateway.routing.queries import route_of
from emporion.gateway.routing.types import RouteMode, RouteView
from emporion.nexus.apis import figures
from emporion.nexus.apis.types import Scope
from emporion.nexus.checks.queries import checks_of
from emporion.nexus.checks.types import CheckState
from emporion.nexus.diagnosis.actions import TRIAL_PERCENT, carry_out
from emporion.nexus.diagnosis.types import Suggestion
from emporion.nexus.incidents import rules, timeline
from emporion.nexus.incidents.actions import open_locked
from emporion.nexus.incidents.errors import MitigationNotFound
from emporion.nexus.incidents.models import Incident, Mitigation
from emporion.nexus.incidents.queries import incident_of
from emporion.nexus.incidents.recovery import bounds_of
from emporion.nexus.incidents.types import OPEN_STATES, About, EntryKind, Happening, IncidentState
from emporion.plumbing.types import Actor


def apply_suggestion(
    *, incident_id: UUID, suggestion: Suggestion, is_trial: bool = False, actor: Actor, now: datetime
) -> Mitigation:
    """Does what is suggested, through the gateway; a trial leads a tenth of the calls. `withdraw` takes it back."""
    incident_of(actor, incident_id)
    percent = TRIAL_PERCENT if is_trial else suggestion.percent
    route = carry_out(suggestion=suggestion, percent=percent, actor=actor, now=now)
    with transaction.atomic():
        incident = open_locked(actor, incident_id)
        return _kept(incident, route, by=actor.name, now=now)


def withdraw(*, incident_id: UUID, mitigation_id: UUID, actor: Actor, now: datetime) -> Mitigation:
    """Takes a change back, whether it was a mistake or is not needed any more. MitigationNotFound."""
    incident_of(actor, incident_id)
    row = Mitigation.objects.filter(incident_id=incident_id, pk=mitigation_id).select_related("incident").first()
    if row is None:
        raise MitigationNotFound
    if row.withdrawn_at is None:
        gateway.withdraw_route(route_id=row.route_id, actor=actor, now=now)
        _ended(row, by=actor.name, now=now)
    return row


def follow_route(event: RouteChanged, *, now: datetime) -> None:
    """Puts what anybody did with routes on the timelines of the incidents that it is about, wherever it was done."""
    actor = Actor.system(event.organisation_id)
    is_set = event.verb != "withdrawn"
    if is_set:
        route = route_of(actor, event.route_id, now=now)
        for incident in Incident.objects.open().filter(project_id=event.project_id, affected__api_id=event.api_id).distinct():
            _kept(incident, route, by=event.by, now=now)
    else:
        for row in Mitigation.objects.filter(route_id=event.route_id, withdrawn_at=None).select_related("incident"):
            _ended(row, by=event.by, now=event.at)
    happening = _routed(event.route_id, event.sentence, event.by, event.at) if is_set else _unrouted(event)
    about = About(organisation_id=event.organisation_id, project_id=event.project_id, api_ids=(event.api_id,))
    timeline.record(happening=happening, about=about, now=now)


def go_back(*, now: datetime) -> int:
    """Takes back every change whose API has been healthy for long enough by itself; returns how many."""
    rows = Mitigation.objects.filter(withdrawn_at=None, goes_back=True).select_related("incident")
    ended = 0
    for row in rows:
        actor = Actor.system(row.incident.organisation_id)
        if is_healthy_again(row, actor, now):
            gateway.withdraw_route(route_id=row.route_id, actor=actor, now=now)
            _ended(row, by="", now=now)
            ended += 1
    return ended


def is_healthy_again(row: Mitigation, actor: Actor, now: datetime) -> bool:
    """Whether the API that calls were led away from does well again: by calls that still reach it, or by green checks."""
    needed = row.incident.recovery_minutes
    since = now - needed * rules.MINUTE
    if row.applied_at > since:
        return False
    checks = [one for one in checks_of(actor, row.incident.project_id) if one.spec.api_id == row.api_id]
    if any(one.state is CheckState.FAILING for one in checks):
        return False
    bounds = bounds_of(actor, row.incident.project_id, row.api_id)
    scope = Scope(project_id=row.incident.project_id, api_id=row.api_id)
    minutes = [one for one in figures.minutes(actor, scope, since, now) if one.calls]
    looks = [rules.Look(at=one.at, calls=one.calls, failures=one.failures, p95_ms=one.p95_ms) for one in minutes]
    if any(rules.out_of_bounds(look, bounds) for look in looks):
        return False
    is_green = any(one.state is CheckState.PASSING and one.since is not None and one.since <= since for one in checks)
    return is_green or len(minutes) * 2 >= needed


def _kept(incident: Incident, route: RouteView, *, by: str, now: datetime) -> Mitigation:
    row, is_new = Mitigation.objects.get_or_create(
        route_id=route.id,
        defaults={
            "incident": incident,
            "api_id": route.api_id,
            "to_api_id": route.targets[0].api_id if route.targets and route.mode is not RouteMode.SHED else None,
            "verb": route.mode,
            "text": route.sentence[:200],
            "applied_at": route.set_at,
            "applied_by": by[:150],
            "until": route.until,
        },
    )
    if not is_new and row.withdrawn_at is not None and route.is_in_force:
        Mitigation.objects.filter(pk=row.pk).update(withdrawn_at=None)
    timeline.write(incident, _routed(route.id, route.sentence, by, route.set_at), now=now)
    if incident.mitigated_at is None and incident.state in OPEN_STATES:
        incident.mitigated_at = route.set_at
        incident.state = IncidentState.MITIGATING if incident.state == IncidentState.DECLARED else incident.state
        incident.save(update_fields=["mitigated_at", "state"])
    return row


def _ended(row: Mitigation, *, by: str, now: datetime) -> None:
    if not Mitigation.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=now):
        return
    row.withdrawn_at = now
    line = Happening(
        key=f"route:{row.route_id}:ended:{now.isoformat(timespec='seconds')}",
        kind=EntryKind.UNROUTED,
        at=now,
        text=_("Taken back: %(what)s") % {"what": row.text},
        detail="" if by else _("By itself: the API has been healthy for long enough"),
        url="/nexus/gateway/",
        person_name=by,
    )
    timeline.write(row.incident, line, now=now)


def _routed(route_id: UUID, sentence: str, by: str, at: datetime) -> Happening:
    key = f"route:{route_id}:set"
    return Happening(key=key, kind=EntryKind.ROUTED, at=at, text=sentence, url="/nexus/gateway/", person_name=by)


def _unrouted(event: RouteChanged) -> Happening:
    return Happening(
        key=f"route:{event.route_id}:ended:{event.at.isoformat(timespec='seconds')}",
        kind=EntryKind.UNROUTED,
        at=event.at,
        text=_("Taken back: %(what)s") % {"what": event.sentence},
        url="/nexus/gateway/",
        person_name=event.by,
    )
