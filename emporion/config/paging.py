"""Has somebody called when an incident is declared: incidents and on call are siblings and hear each other here."""

from emporion.nexus.incidents.events import IncidentClosed, IncidentDeclared
from emporion.nexus.oncall import paging
from emporion.nexus.oncall.actions import announce
from emporion.nexus.oncall.types import News
from emporion.plumbing.types import JobContext

CALLS_SOMEBODY = 2  # severity 1 and 2; the others are for working hours


def page_for_incident(event: IncidentDeclared, *, job: JobContext) -> None:
    """Call somebody, unless a page of one of its problems already has, and tell the team's channels."""
    url = f"/nexus/incidents/{event.incident_id}/"
    if event.severity <= CALLS_SOMEBODY:
        page = paging.NewPage(
            organisation_id=event.organisation_id,
            project_id=event.project_id,
            title=f"INC-{event.number}: {event.title}",
            url=url,
            incident_id=event.incident_id,
        )
        paging.page_for_incident(page=page, problem_ids=event.problem_ids, now=job.now)
    facts = {"incident": f"INC-{event.number}", "severity": str(event.severity), "declared_by": event.declared_by}
    news = News(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        kind="nexus.incident.declared",
        title=f"INC-{event.number}: {event.title}",
        url=url,
        reference=event.incident_id,
        facts=facts,
    )
    announce(news=news, now=job.now)


def end_for_incident(event: IncidentClosed, *, job: JobContext) -> None:
    """Nobody is called any more, and the team's channels know that it is over."""
    paging.end_pages(incident_id=event.incident_id, now=job.now)
    news = News(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        kind="nexus.incident.closed",
        title=f"INC-{event.number}: {event.title}",
        url=f"/nexus/incidents/{event.incident_id}/",
        reference=event.incident_id,
        facts={"incident": f"INC-{event.number}", "severity": str(event.severity)},
        is_over=True,
    )
    announce(news=news, now=job.now)
