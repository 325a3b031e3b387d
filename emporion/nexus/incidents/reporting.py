"""The post-incident report: drafted from what was recorded, then edited in versions; action items and learnings beside it."""

import time
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from emporion.kernel.ids import new_id
from emporion.nexus.incidents import drafting
from emporion.nexus.incidents.actions import locked
from emporion.nexus.incidents.causes import diagnosed, likely_causes, said_verdict
from emporion.nexus.incidents.errors import ReportChanged, ReportEmpty, ReportNotFound
from emporion.nexus.incidents.impact import impact_of
from emporion.nexus.incidents.models import ActionItem, Learning, Report, ReportVersion
from emporion.nexus.incidents.proposing import proposed_items, threshold_suggestions
from emporion.nexus.incidents.queries import incident_of, mitigations_of, people_of, timeline_of, updates_of
from emporion.nexus.incidents.recovery import proofs_of
from emporion.nexus.incidents.types import ActionItemView, IncidentView, LearningView, ReportView
from emporion.plumbing.types import Actor, ActorKind, Permission

LONGEST = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What is to be done, by whom and until when."""

    text: str
    owner_id: UUID | None = None
    due_on: date | None = None


def recorded(actor: Actor, incident: IncidentView, now: datetime) -> drafting.Recorded:
    """Everything that is known of an incident."""
    impact, card = impact_of(actor, incident, now), diagnosed(actor, incident, now)
    return drafting.Recorded(
        incident=incident,
        timeline=timeline_of(actor, incident.id),
        impact=impact,
        proofs=proofs_of(incident, now),
        mitigations=mitigations_of(actor, incident.id),
        updates=updates_of(actor, incident.id),
        causes=likely_causes(card),
        verdict=said_verdict(card),
        thresholds=threshold_suggestions(actor, incident, now),
    )


def draft_report(*, incident_id: UUID, actor: Actor, now: datetime) -> ReportView:
    """Writes version 1 from what was recorded, with action items; a report that is there already stays as it is."""
    incident = incident_of(actor, incident_id)
    actor.require(Permission.USE, incident.project_id)
    if Report.objects.filter(incident_id=incident.id).exists():
        return report_of(actor, incident_id)
    begun = time.perf_counter()
    known = recorded(actor, incident, now)
    text = drafting.markdown(known)
    took = round((time.perf_counter() - begun) * 1000)
    with transaction.atomic():
        locked(actor, incident_id)
        report, is_new = Report.objects.get_or_create(
            incident_id=incident.id, defaults={"created_at": now, "drafted_in_ms": took}
        )
        if is_new:
            ReportVersion.objects.create(report=report, number=1, text=text, author_name="", saved_at=now)
            for key, words in proposed_items(known):
                ActionItem.objects.get_or_create(
                    incident_id=incident.id, key=key, defaults={"text": words[:300], "created_at": now}
                )
    return report_of(actor, incident_id)


def draft_again(*, incident_id: UUID, actor: Actor, now: datetime) -> ReportView:
    """Drafts anew as another version; what people wrote stays in the versions before."""
    incident = incident_of(actor, incident_id)
    text = drafting.markdown(recorded(actor, incident, now))
    return save_report(incident_id=incident_id, text=text, based_on=None, actor=actor, now=now)


def save_report(*, incident_id: UUID, text: str, based_on: int | None, actor: Actor, now: datetime) -> ReportView:
    """Keeps an edited report as a new version. ReportChanged when another was saved since `based_on`; ReportEmpty."""
    words = text.replace("\r\n", "\n").strip()[:LONGEST]
    if not words:
        raise ReportEmpty(field="text")
    with transaction.atomic():
        locked(actor, incident_id)
        report = Report.objects.select_for_update().filter(incident_id=incident_id).first()
        if report is None:
            raise ReportNotFound
        if based_on is not None and based_on != report.version:
            raise ReportChanged(latest=report.version)
        report.version += 1
        report.save(update_fields=["version"])
        ReportVersion.objects.create(
            report=report,
            number=report.version,
            text=words + "\n",
            author_id=actor.id if actor.kind is ActorKind.PERSON else None,
            author_name=actor.name[:150],
            saved_at=now,
        )
    return report_of(actor, incident_id)


def report_of(actor: Actor, incident_id: UUID, *, version: int | None = None) -> ReportView:
    """The report of an incident, in its latest version or the one that is named. ReportNotFound."""
    incident = incident_of(actor, incident_id)
    rows = ReportVersion.objects.filter(report__incident_id=incident.id).select_related("report")
    row = rows.filter(number=version).first() if version else rows.order_by("-number").first()
    if row is None:
        raise ReportNotFound
    return ReportView(
        id=row.report_id,
        incident_id=incident.id,
        version=row.number,
        markdown=row.text,
        author_name=row.author_name,
        at=row.saved_at,
        drafted_in_ms=row.report.drafted_in_ms,
        is_draft=row.number == 1,
    )


def versions_of(actor: Actor, incident_id: UUID) -> tuple[ReportView, ...]:
    """Every version, newest first, without their words."""
    incident = incident_of(actor, incident_id)
    rows = ReportVersion.objects.filter(report__incident_id=incident.id).select_related("report").defer("text")
    return tuple(
        ReportView(
            id=row.report_id,
            incident_id=incident.id,
            version=row.number,
            markdown="",
            author_name=row.author_name,
            at=row.saved_at,
            drafted_in_ms=row.report.drafted_in_ms,
            is_draft=row.number == 1,
        )
        for row in rows
    )


def items_of(actor: Actor, incident_id: UUID) -> tuple[ActionItemView, ...]:
    """What is to be done, open things first."""
    incident = incident_of(actor, incident_id)
    rows = ActionItem.objects.filter(incident_id=incident.id)
    views = [
        ActionItemView(
            id=row.pk,
            text=row.text,
            owner_name=row.owner_name,
            due_on=row.due_on.isoformat() if row.due_on else "",
            is_done=row.done_at is not None,
        )
        for row in rows
    ]
    return tuple(sorted(views, key=lambda one: one.is_done))


def add_item(*, incident_id: UUID, item: NewItem, actor: Actor, now: datetime) -> None:
    """Adds something to do. ReportEmpty."""
    words = " ".join(item.text.split())[:300]
    if not words:
        raise ReportEmpty(field="text")
    incident = incident_of(actor, incident_id)
    actor.require(Permission.USE, incident.project_id)
    names = {one.person_id: one.name or one.email for one in people_of(actor, incident.project_id)}
    owner_id = item.owner_id if item.owner_id in names else None
    ActionItem.objects.create(
        incident_id=incident.id,
        text=words,
        owner_id=owner_id,
        owner_name=names.get(owner_id, "")[:150] if owner_id else "",
        due_on=item.due_on,
        key=str(new_id()),
        created_at=now,
    )


def tick_item(*, incident_id: UUID, item_id: UUID, is_done: bool, actor: Actor, now: datetime) -> None:
    """Marks something as done, or as open again."""
    incident = incident_of(actor, incident_id)
    actor.require(Permission.USE, incident.project_id)
    if not ActionItem.objects.filter(incident_id=incident.id, pk=item_id).update(done_at=now if is_done else None):
        raise ReportNotFound


def add_learning(*, incident_id: UUID, text: str, actor: Actor, now: datetime) -> LearningView:
    """Keeps what an incident taught, so that it is found in the next one. ReportEmpty."""
    words = " ".join(text.split())[:500]
    if not words:
        raise ReportEmpty(field="text")
    incident = incident_of(actor, incident_id)
    actor.require(Permission.USE, incident.project_id)
    row = Learning.objects.create(
        organisation_id=incident.organisation_id,
        project_id=incident.project_id,
        incident_id=incident.id,
        text=words,
        author_id=actor.id if actor.kind is ActorKind.PERSON else None,
        author_name=actor.name[:150],
        created_at=now,
    )
    return LearningView(
        id=row.pk,
        text=words,
        incident_id=incident.id,
        incident_code=incident.code,
        incident_title=incident.title,
        at=now,
    )


def remove_learning(*, incident_id: UUID, learning_id: UUID, is_removed: bool, actor: Actor, now: datetime) -> None:
    """Takes a learning away, or brings it back."""
    incident = incident_of(actor, incident_id)
    actor.require(Permission.USE, incident.project_id)
    found = Learning.objects.filter(incident_id=incident.id, pk=learning_id)
    if not found.update(removed_at=now if is_removed else None):
        raise ReportNotFound
