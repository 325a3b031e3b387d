"""The timeline writes itself: what happens in a project is kept once and put on the timelines of its incidents."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.nexus.incidents import rules
from emporion.nexus.incidents.models import Incident, Occurrence, TimelineEntry
from emporion.nexus.incidents.types import About, Happening

KEPT_FOR = timedelta(days=30)  # long enough to declare an incident after a holiday


def record(*, happening: Happening, about: About, now: datetime) -> bool:
    """Keep something that happened, once for its key, and put it where it belongs; whether it was new."""
    is_new = _kept(happening, about, now)
    for incident in Incident.objects.about(about.project_id, happening.at).filter(organisation_id=about.organisation_id):
        gather(incident, now=now)
    return is_new


def gather(incident: Incident, *, now: datetime) -> int:
    """Put everything of the incident's time that belongs to it on its timeline; twice is once. Returns how many lines are new."""
    problem_ids = set(incident.problems.values_list("problem_id", flat=True))
    api_ids = set(incident.affected.values_list("api_id", flat=True))
    known = set(incident.entries.values_list("key", flat=True))
    rows = Occurrence.objects.filter(
        organisation_id=incident.organisation_id, project_id=incident.project_id, at__gte=incident.watch_from
    ).exclude(key__in=known)
    fresh = [row for row in rows if rules.belongs(_about(row), incident_id=incident.pk, problem_ids=problem_ids, api_ids=api_ids)]
    for row in fresh:
        write(incident, _happening(row), now=now)
    return len(fresh)


def write(incident: Incident, happening: Happening, *, now: datetime) -> bool:
    """Add a line to one timeline, once for its key; whether it was new."""
    try:
        with transaction.atomic():
            TimelineEntry.objects.create(
                incident=incident,
                key=happening.key[:160],
                kind=happening.kind,
                at=happening.at,
                text=happening.text[:500],
                detail=happening.detail[:500],
                url=happening.url[:500],
                person_id=happening.person_id,
                person_name=happening.person_name[:150],
                written_at=now,
            )
    except IntegrityError:
        return False
    return True


def forget_old(*, now: datetime) -> int:
    """Forget what no incident was declared about; timelines keep theirs."""
    return Occurrence.objects.filter(at__lt=now - KEPT_FOR).delete()[0]


def _kept(happening: Happening, about: About, now: datetime) -> bool:
    try:
        with transaction.atomic():
            Occurrence.objects.create(
                organisation_id=about.organisation_id,
                project_id=about.project_id,
                key=happening.key[:160],
                kind=happening.kind,
                at=happening.at,
                text=happening.text[:500],
                detail=happening.detail[:500],
                url=happening.url[:500],
                person_id=happening.person_id,
                person_name=happening.person_name[:150],
                problem_id=about.problem_id,
                incident_id=about.incident_id,
                api_ids=[str(one) for one in about.api_ids],
                recorded_at=now,
            )
    except IntegrityError:
        return False
    return True


def _about(row: Occurrence) -> About:
    return About(
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        problem_id=row.problem_id,
        incident_id=row.incident_id,
        api_ids=tuple(UUID(text) for text in row.api_ids),
    )


def _happening(row: Occurrence) -> Happening:
    return Happening(
        key=row.key,
        kind=row.kind,  # type: ignore[arg-type]  # the column holds the values of the enum
        at=row.at,
        text=row.text,
        detail=row.detail,
        url=row.url,
        person_id=row.person_id,
        person_name=row.person_name,
    )
