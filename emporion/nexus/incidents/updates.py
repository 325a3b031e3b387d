"""Updates: words that fill themselves from stored facts, written for an audience, posted where that audience reads."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.accounts.actions import notify_people
from emporion.nexus.diagnosis.types import Verdict
from emporion.nexus.incidents import rules, timeline
from emporion.nexus.incidents.actions import facts_of, locked, said
from emporion.nexus.incidents.errors import IncidentOver, UpdateMissing
from emporion.nexus.incidents.events import IncidentUpdatePosted
from emporion.nexus.incidents.impact import IncidentImpact
from emporion.nexus.incidents.models import Incident, IncidentUpdate, UpdateTemplate
from emporion.nexus.incidents.types import (
    Audience,
    EntryKind,
    IncidentRole,
    IncidentState,
    IncidentView,
    MitigationView,
    ProofView,
    Severity,
    UpdateView,
)
from emporion.nexus.incidents.wording import AUDIENCES, CAUSES, STAGES, TEMPLATES, VERDICTS
from emporion.nexus.statuspage.actions import post_news
from emporion.nexus.statuspage.queries import page_of_project
from emporion.nexus.statuspage.rules import impact_of as public_impact
from emporion.nexus.statuspage.types import NewsItem, Stage
from emporion.notify.actions import broadcast
from emporion.notify.types import Message, Topic
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, ActorKind, Permission

PLACEHOLDER = re.compile(r"\{(\w+)\}")
LONGEST = 4000
NAMES = [
    "code",
    "title",
    "severity",
    "features",
    "share",
    "rate",
    "since",
    "next",
    "recovered",
    "duration",
    "cause",
    "verdict",
    "working",
    "failed",
    "calls",
    "customers",
    "lead",
    "done",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a message; `is_fact` is one that filled itself."""

    text: str
    is_fact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An update as it is proposed: in pieces to be shown, as text to be edited."""

    audience: Audience
    stage: str
    pieces: tuple[Piece, ...]
    headline: str

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an incident when an update is written."""

    incident: IncidentView
    impact: IncidentImpact
    proofs: tuple[ProofView, ...]
    mitigations: tuple[MitigationView, ...]
    verdict: Verdict
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpdate:
    """What a person posts; `headline` is what the public page calls the incident."""

    audience: Audience
    stage: str
    text: str
    headline: str = ""


def draft(actor: Actor, known: Known, audience: Audience, stage: str = "") -> Draft:
    """An update for an audience, filled from what is known; the stage is the one that is due unless one is named."""
    is_proven = bool(known.proofs) and all(proof.is_proven for proof in known.proofs)
    due = stage if stage in STAGES else rules.stage_of(known.incident.state, is_proven=is_proven, audience=audience)
    words = templates_of(actor, known.incident.project_id)[audience, due]
    values = facts_for(actor, known, audience)
    headline = _("Problems with %(features)s") % {"features": values["features"]}
    return Draft(audience=audience, stage=due, pieces=filled(words, values), headline=headline)


def filled(words: str, values: Mapping[str, str]) -> tuple[Piece, ...]:
    """A template's words with its facts in place; a fact that is empty takes the space behind it along."""
    pieces: list[Piece] = []
    for index, part in enumerate(PLACEHOLDER.split(words)):
        if index % 2 and part in values:
            pieces.append(Piece(text=values[part], is_fact=True))
        elif index % 2:
            pieces.append(Piece(text=f"{{{part}}}", is_fact=False))
        else:
            is_after_nothing = bool(pieces) and pieces[-1].is_fact and not pieces[-1].text
            pieces.append(Piece(text=part.lstrip() if is_after_nothing else part, is_fact=False))
    return tuple(piece for piece in pieces if piece.text)


def facts_for(actor: Actor, known: Known, audience: Audience) -> Mapping[str, str]:
    """Everything that a template may name, in words."""
    incident, impact = known.incident, known.impact
    clock = _clock(actor, incident, audience)
    broken = [proof.name for proof in known.proofs if proof.minutes == 0]
    back = [proof.name for proof in known.proofs if proof.minutes > 0]
    is_public = audience is Audience.CUSTOMERS
    names = broken or back
    if is_public:
        names = [name for name in names if name not in {api.name for api in impact.apis}]
    rate = max((_rate(proof) for proof in known.proofs), default=0.0) or impact.failure_rate
    lead = next((role.name for role in incident.roles if role.role is IncidentRole.LEAD), "") or _("nobody yet")
    applied = [one.text for one in known.mitigations if one.is_in_force]
    over = incident.recovered_at or incident.closed_at
    return {
        "code": incident.code,
        "title": incident.title,
        "severity": str(int(incident.severity)),
        "features": rules.listed(names) or _("some of our features"),
        "share": rules.one_in(rate),
        "how_many": _("All") if rate > rules.NEARLY_ALL else _("About %s") % rules.one_in(rate),
        "rate": rules.percent(rate),
        "since": clock(incident.began_at),
        "next": clock(rules.next_update(incident.severity, known.now)),
        "recovered": clock(over or known.now),
        "duration": rules.lasted((over or known.now) - incident.began_at),
        "cause": str(CAUSES[known.verdict]),
        "verdict": str(VERDICTS[known.verdict]),
        "working": _("%(features)s works again.") % {"features": rules.listed(back)} if back and broken else "",
        "failed": f"{impact.failed_calls:,}",
        "calls": f"{impact.calls:,}",
        "customers": f"{impact.customers:,}" if impact.is_attributed else _("an unknown number of"),
        "lead": lead,
        "done": _("Done so far: %(what)s.") % {"what": rules.listed(applied)} if applied else "",
    }


def post_update(*, incident_id: UUID, update: NewUpdate, actor: Actor, now: datetime) -> UpdateView:
    """Posts an update where its audience reads, and sets when the next one is due. UpdateMissing, IncidentOver."""
    text = update.text.strip()[:LONGEST]
    if not text:
        raise UpdateMissing(field="text")
    stage = update.stage if update.stage in STAGES else "investigating"
    with transaction.atomic():
        incident = locked(actor, incident_id)
        if incident.state == IncidentState.WITHDRAWN:
            raise IncidentOver(number=incident.number)
        actor.require(Permission.USE, incident.project_id)
        wanted = NewUpdate(audience=update.audience, stage=stage, text=text, headline=update.headline.strip()[:200])
        places = _posted(incident, wanted, actor, now)
        row = IncidentUpdate.objects.create(
            incident=incident,
            audience=update.audience,
            stage=stage,
            text=text,
            posted_at=now,
            person_id=actor.id if actor.kind is ActorKind.PERSON else None,
            person_name=actor.name[:150],
            places=list(places),
        )
        is_open = incident.closed_at is None
        incident.next_update_at = rules.next_update(Severity(incident.severity), now) if is_open and stage != "resolved" else None
        incident.save(update_fields=["next_update_at"])
        line = _("Update for %(audience)s: %(stage)s") % {"audience": AUDIENCES[update.audience], "stage": STAGES[stage]}
        timeline.write(incident, said(actor, EntryKind.UPDATE, line, now, detail=rules.listed(places)), now=now)
        event = IncidentUpdatePosted(**facts_of(incident, now), update_id=row.pk, audience=update.audience)
        publish(event, now=now)
    return UpdateView(
        id=row.pk,
        audience=update.audience,
        stage=stage,
        text=text,
        posted_at=now,
        person_name=row.person_name,
        places=places,
    )


def templates_of(actor: Actor, project_id: UUID) -> Mapping[tuple[Audience, str], str]:
    """The words that updates of a project begin with."""
    actor.require(Permission.VIEW, project_id)
    rows = UpdateTemplate.objects.filter(organisation_id=actor.organisation, project_id=project_id)
    own = {(Audience(row.audience), row.stage): row.text for row in rows}
    return {key: own.get(key, str(words)) for key, words in TEMPLATES.items()}


def save_template(*, project_id: UUID, audience: Audience, stage: str, text: str, actor: Actor, now: datetime) -> None:
    """Keeps a project's own words for an update; empty ones go back to ours."""
    actor.require(Permission.CONFIGURE, project_id)
    words = text.strip()[:LONGEST]
    if not words or words == str(TEMPLATES[audience, stage]):
        UpdateTemplate.objects.filter(project_id=project_id, audience=audience, stage=stage).delete()
        return
    UpdateTemplate.objects.update_or_create(
        project_id=project_id,
        audience=audience,
        stage=stage,
        defaults={"text": words, "changed_at": now, "organisation_id": actor.organisation},
    )


def _posted(incident: Incident, update: NewUpdate, actor: Actor, now: datetime) -> tuple[str, ...]:
    if update.audience is Audience.CUSTOMERS:
        return _in_public(incident, update, actor, now)
    is_for_team = update.audience is Audience.TEAM
    message = Message(
        topic=Topic.INCIDENT,
        title=f"INC-{incident.number}: {STAGES[update.stage]}",
        body=update.text,
        url=f"/nexus/incidents/{incident.pk}/",
        organisation_id=incident.organisation_id,
        project_id=incident.project_id,
        kind="nexus.incident.updated",
        facts={"incident": f"INC-{incident.number}", "severity": str(incident.severity), "stage": update.stage},
        tag=f"incident-{incident.pk}",
    )
    channels = broadcast(message=message, now=now) if is_for_team else 0
    people = notify_people(
        organisation_id=incident.organisation_id,
        project_id=incident.project_id if is_for_team else None,
        message=message,
        now=now,
    )
    told = [ngettext("%(n)s person", "%(n)s people", people) % {"n": people}]
    return (*told, ngettext("%(n)s channel", "%(n)s channels", channels) % {"n": channels}) if channels else tuple(told)


def _in_public(incident: Incident, update: NewUpdate, actor: Actor, now: datetime) -> tuple[str, ...]:
    news = NewsItem(
        incident_id=incident.pk,
        name=update.headline,
        stage=Stage(update.stage),
        impact=public_impact(incident.severity),
        text=update.text,
        api_ids=tuple(incident.affected.values_list("api_id", flat=True)),
        began_at=incident.began_at,
    )
    posted = post_news(project_id=incident.project_id, news=news, actor=actor, now=now)
    if posted is None:
        return (_("kept here: the status page is not published"),)
    count = posted.subscribers
    subscribers = ngettext("%(n)s subscriber", "%(n)s subscribers", count) % {"n": count}
    return (_("status page"), subscribers) if count else (_("status page"),)


def _clock(actor: Actor, incident: IncidentView, audience: Audience) -> Callable[[datetime], str]:
    page = page_of_project(actor, incident.project_id) if audience is Audience.CUSTOMERS else None
    zone = ZoneInfo(page.time_zone) if page else get_current_timezone()
    return lambda moment: f"{moment.astimezone(zone):%H:%M %Z}"


def _rate(proof: ProofView) -> float:
    last = proof.cells[-1] if proof.cells else None
    return last.failures / last.calls if last and last.calls and not last.is_ok else 0.0
