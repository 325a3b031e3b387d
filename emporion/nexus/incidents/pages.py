"""What the page of an incident prints: every word, tone and bar, made from what is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.nexus.apis.types import Felt
from emporion.nexus.diagnosis.types import DiagnosisCard, SuggestionCard
from emporion.nexus.incidents import rules
from emporion.nexus.incidents.actions import may_override
from emporion.nexus.incidents.causes import diagnosed, suggestion_now, verdict_of
from emporion.nexus.incidents.impact import IncidentImpact, impact_of
from emporion.nexus.incidents.queries import mitigations_of, people_of, timeline_of, updates_of
from emporion.nexus.incidents.recovery import proofs_of
from emporion.nexus.incidents.types import (
    Audience,
    EntryKind,
    EntryView,
    IncidentRole,
    IncidentView,
    MitigationView,
    ProofView,
    UpdateView,
)
from emporion.nexus.incidents.updates import Draft, Known, draft
from emporion.nexus.incidents.wording import (
    AUDIENCES,
    LOOKS,
    POSTS,
    ROLES,
    SEVERITY_TONES,
    STAGES,
    STATE_TONES,
    STATES,
)
from emporion.nexus.statuspage.queries import page_of_project
from emporion.nexus.statuspage.types import PageView
from emporion.plumbing.types import Actor, Permission
from emporion.ui.types import Option

CELL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Who and what, above all else."""

    code: str
    title: str
    severity: int
    severity_tone: str
    state: str
    state_tone: str
    lasted: str
    roles: tuple[tuple[str, str], ...]
    free_roles: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileView:
    """A figure of the impact."""

    name: str
    value: str
    note: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A minute of the proof, as it is drawn."""

    x: float
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRow:
    """The proof of one thing, as it is drawn; `width` is that of the drawing."""

    name: str
    minutes: str
    look: str
    detail: str
    width: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the timeline, as it is printed."""

    id: str
    icon: str
    tone: str
    text: str
    detail: str
    url: str
    at: datetime
    initials_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRow:
    """An API of the incident; of one that nobody calls nothing is known, neither good nor bad."""

    name: str
    url: str
    detail: str
    is_bad: bool
    since: datetime
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeltRow:
    """A feature or customer with its share of the most."""

    name: str
    count: int
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCard:
    """The next update: for whom, in which words, when it is due."""

    draft: Draft
    audiences: tuple[Option, ...]
    stages: tuple[Option, ...]
    button: str
    due: str
    due_tone: str
    page: PageView | None
    is_for_customers: bool
    posted: tuple[UpdateView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """Everything that the page of an incident prints."""

    incident: IncidentView
    head: Head
    tiles: tuple[TileView, ...]
    suggestion: SuggestionCard | None
    card: DiagnosisCard | None
    proof: tuple[ProofRow, ...]
    proven: str
    close_why: str
    may_close: bool
    may_override: bool
    may_configure: bool
    may_undo: bool
    update: UpdateCard
    mitigations: tuple[MitigationView, ...]
    lines: tuple[Line, ...]
    apis: tuple[ApiRow, ...]
    features: tuple[FeltRow, ...]
    customers: tuple[FeltRow, ...]
    customer_count: int
    people: tuple[Option, ...]


def incident_page(actor: Actor, incident: IncidentView, *, audience: Audience, stage: str, now: datetime) -> IncidentPage:
    """The whole page."""
    impact = impact_of(actor, incident, now)
    proofs = proofs_of(incident, now)
    mitigations = mitigations_of(actor, incident.id)
    card = diagnosed(actor, incident, now)
    known = Known(incident=incident, impact=impact, proofs=proofs, mitigations=mitigations, verdict=verdict_of(card), now=now)
    is_proven = bool(proofs) and all(proof.is_proven for proof in proofs)
    people = tuple(Option(label=one.name or one.email, value=str(one.person_id)) for one in people_of(actor, incident.project_id))
    updates = updates_of(actor, incident.id)
    return IncidentPage(
        incident=incident,
        head=_head(incident, now),
        tiles=_tiles(impact, incident),
        suggestion=suggestion_now(actor, card, incident, now),
        card=card,
        proof=tuple(_proof_row(proof) for proof in proofs),
        proven=_("%(done)s of %(all)s") % {"done": sum(proof.is_proven for proof in proofs), "all": len(proofs)},
        close_why=_close_why(incident, proofs, is_proven=is_proven),
        may_close=is_proven and incident.is_open,
        may_override=may_override(actor) and incident.is_open and not is_proven,
        may_configure=actor.may(Permission.CONFIGURE, incident.project_id),
        may_undo=incident.is_open and now <= incident.undo_until and not updates,
        update=_update_card(actor, known, audience, stage, updates),
        mitigations=tuple(one for one in mitigations if one.is_in_force),
        lines=tuple(_line(entry) for entry in reversed(timeline_of(actor, incident.id))),
        apis=_apis(impact, mitigations, incident),
        features=_felt(impact.features),
        customers=_felt(impact.top_customers[:5], is_by_calls=True),
        customer_count=impact.customers,
        people=people,
    )


def _head(incident: IncidentView, now: datetime) -> Head:
    end = incident.closed_at or now
    lasted = rules.lasted(end - incident.began_at)
    held = {role.role: role.name for role in incident.roles}
    return Head(
        code=incident.code,
        title=incident.title,
        severity=int(incident.severity),
        severity_tone=SEVERITY_TONES[incident.severity],
        state=str(STATES[incident.state]),
        state_tone=STATE_TONES[incident.state],
        lasted=_("%s so far") % lasted if incident.is_open else _("lasted %s") % lasted,
        roles=tuple((str(ROLES[role]), name) for role, name in held.items()),
        free_roles=tuple(Option(label=str(ROLES[role]), value=role) for role in IncidentRole),
    )


def _tiles(impact: IncidentImpact, incident: IncidentView) -> tuple[TileView, ...]:
    since = f"{incident.began_at:%H:%M}"
    worst, top = impact.worst, impact.top_customers
    if impact.is_attributed:
        share = impact.customers / impact.active_customers
        facts = {"share": rules.percent(share), "active": f"{impact.active_customers:,}"}
        people = TileView(
            name=_("Customers affected"), value=f"{impact.customers:,}", note=_("%(share)s of %(active)s active") % facts
        )
    else:
        people = TileView(name=_("Customers affected"), value="–", note=_("The calls do not name their customer"))
    failed = TileView(
        name=_("Failed answers"),
        value=f"{impact.failed_calls:,}",
        note=_("of %(calls)s since %(since)s UTC") % {"calls": f"{impact.calls:,}", "since": since},
    )
    if top:
        more = impact.customers - 1
        note = ngettext("and %(n)s more", "and %(n)s more", more) % {"n": f"{more:,}"} if more > 0 else _("alone")
        hardest = TileView(name=_("Hit hardest"), value=top[0].name, note=note)
    else:
        count = len(impact.features)
        hardest = TileView(name=_("Features"), value=f"{count:,}", note=rules.listed(one.name for one in impact.features[:2]))
    rate = worst.now.failure_rate if worst else 0.0
    target = _("%(api)s, target %(allowed)s") % {
        "api": worst.name if worst else "",
        "allowed": rules.percent(worst.allowed if worst else 0.01),
    }
    now = TileView(
        name=_("Error rate now"),
        value=rules.percent(rate) if worst and worst.now.calls else _("no calls"),
        note=target,
        tone="bad" if worst and worst.is_out_of_bounds else "",
    )
    return people, failed, hardest, now


def _proof_row(proof: ProofView) -> ProofRow:
    drawn = [Cell(x=index * CELL + 0.8, look="ok" if cell.is_ok else "no") for index, cell in enumerate(proof.cells)]
    empty = [Cell(x=index * CELL + 0.8, look="") for index in range(len(drawn), proof.needed)]
    look = "up" if proof.minutes else "down"
    return ProofRow(
        name=proof.name,
        minutes=_("%(done)s of %(needed)s min") % {"done": proof.minutes, "needed": proof.needed},
        look=look,
        detail=proof.detail,
        width=proof.needed * CELL,
        cells=(*drawn, *empty),
    )


def _close_why(incident: IncidentView, proofs: Sequence[ProofView], *, is_proven: bool) -> str:
    if not incident.is_open:
        return incident.close_reason
    if is_proven:
        return _("Everything stayed within bounds. The incident can close, and its report is drafted.")
    if not proofs:
        return _("The incident can close when its problems are resolved.")
    count = len(proofs)
    return ngettext(
        "The incident can close when this stays within bounds for %(minutes)s minutes. Nexus checks every minute.",
        "The incident can close when all %(n)s stay within bounds for %(minutes)s minutes. Nexus checks every minute.",
        count,
    ) % {"n": count, "minutes": incident.recovery_minutes}


def _update_card(actor: Actor, known: Known, audience: Audience, stage: str, updates: tuple[UpdateView, ...]) -> UpdateCard:
    incident = known.incident
    written = draft(actor, known, audience, stage)
    home = reverse("nexus_incidents:incident", args=[incident.id])
    due, tone = "", ""
    if incident.next_update_at and incident.is_open:
        left = incident.next_update_at - known.now
        is_late = left.total_seconds() <= 0
        due = _("overdue by %s") % rules.lasted(-left) if is_late else _("due in %s") % rules.lasted(left)
        tone = "bad" if is_late else "warn" if left.total_seconds() < 900 else ""
    return UpdateCard(
        draft=written,
        audiences=tuple(
            Option(label=str(AUDIENCES[one]), url=f"{home}?for={one}#update", value=one, current=one is audience)
            for one in Audience
        ),
        stages=tuple(Option(label=str(label), value=value, current=value == written.stage) for value, label in STAGES.items()),
        button=str(POSTS[audience]),
        due=due,
        due_tone=tone,
        page=page_of_project(actor, incident.project_id),
        is_for_customers=audience is Audience.CUSTOMERS,
        posted=updates,
    )


def _line(entry: EntryView) -> Line:
    icon, tone = LOOKS[entry.kind]
    is_persons = bool(entry.person_name) and entry.kind in {EntryKind.NOTE, EntryKind.UPDATE}
    who = "" if entry.person_name in entry.text else entry.person_name
    detail = " · ".join(part for part in (entry.detail, who) if part)
    return Line(
        id=str(entry.id),
        icon=icon,
        tone=tone,
        text=entry.text,
        detail=detail,
        url=entry.url,
        at=entry.at,
        initials_of=entry.person_name if is_persons else "",
    )


def _apis(impact: IncidentImpact, mitigations: Sequence[MitigationView], incident: IncidentView) -> tuple[ApiRow, ...]:
    rows = []
    for api in impact.apis:
        facts = {"rate": rules.percent(api.now.failure_rate), "p95": rules.seconds(api.now.p95_ms or 0)}
        detail = _("%(rate)s errors, p95 %(p95)s") % facts if api.now.calls else _("No calls in the last five minutes")
        url = f"/nexus/apis/{api.api_id}/"
        row = ApiRow(name=api.name, url=url, detail=detail, is_bad=api.is_out_of_bounds, since=incident.began_at)
        rows.append(replace(row, is_silent=not api.now.calls))
    known = {api.api_id for api in impact.apis}
    for one in mitigations:
        if one.to_api_id and one.to_api_id not in known and one.is_in_force:
            known.add(one.to_api_id)
            url = f"/nexus/apis/{one.to_api_id}/"
            rows.append(ApiRow(name=_("Takes the calls"), url=url, detail=one.text, is_bad=False, since=one.applied_at))
    return tuple(rows)


def _felt(felt: Sequence[Felt], *, is_by_calls: bool = False) -> tuple[FeltRow, ...]:
    counts = [one.failed_calls if is_by_calls else one.customers or one.failed_calls for one in felt]
    most = max(counts, default=0) or 1
    return tuple(
        FeltRow(name=one.name, count=count, width=round(100 * count / most, 1)) for one, count in zip(felt, counts, strict=True)
    )
