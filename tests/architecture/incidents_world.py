"""What alice's project has of incidents: one that was closed with a report, and a status page that is not published."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from emporion.nexus.incidents import actions, reporting, updates
from emporion.nexus.incidents.declaring import NewIncident
from emporion.nexus.incidents.models import Mitigation
from emporion.nexus.incidents.types import Audience, IncidentRole, Severity
from emporion.nexus.statuspage import actions as pages
from emporion.nexus.statuspage import rules, subscribing

if TYPE_CHECKING:
    from tests.architecture.tenant_world import Builder

PUBLIC = ("status-page", "status-history", "status-incident", "status-subscribe", "status-feed", "status-api")


def furnish(builder: "Builder", word: str, project_id: UUID) -> dict[str, str]:
    """Makes all of it, with the word in every text, and returns the ids under the names of the parameters."""
    return _incident(builder, word, project_id) | _page(builder, word, project_id)


def _incident(builder: "Builder", word: str, project_id: UUID) -> dict[str, str]:
    alice, now = builder.alice, builder.now
    api_id, route_id = UUID(builder.world.ids["api_id"]), UUID(builder.world.ids["route_id"])
    wanted = NewIncident(
        organisation_id=alice.organisation,
        project_id=project_id,
        title=f"{word} fails",
        severity=Severity.MINOR,
        api_ids=(api_id,),
    )
    made = actions.declare_incident(wanted=wanted, actor=alice, now=now)
    kept = {"incident_id": made.id, "actor": alice, "now": now}
    assert alice.id
    actions.assign(role=IncidentRole.UPDATES, person_id=alice.id, **kept)
    actions.add_note(text=f"The {word} is slow", **kept)
    said = updates.NewUpdate(audience=Audience.TEAM, stage="identified", text=f"The {word} fails")
    updates.post_update(update=said, **kept)
    mitigation, _is_new = Mitigation.objects.get_or_create(
        route_id=route_id,
        defaults={
            "incident_id": made.id,
            "api_id": api_id,
            "verb": "shed",
            "text": f"Without {word}",
            "applied_at": now,
            "applied_by": "Alice",
        },
    )
    reporting.draft_report(**kept)
    reporting.add_item(item=reporting.NewItem(text=f"Replace the {word}"), **kept)
    learned = reporting.add_learning(text=f"The {word} is fragile", **kept)
    item = reporting.items_of(alice, made.id)[0]
    return {
        "incident_id": str(made.id),
        "mitigation_id": str(mitigation.pk),
        "item_id": str(item.id),
        "learning_id": str(learned.id),
    }


def _page(builder: "Builder", word: str, project_id: UUID) -> dict[str, str]:
    alice, now, slug = builder.alice, builder.now, f"{word}-status"
    page = pages.create_page(
        page=pages.PageSettings(name=f"{word} status", slug=slug), project_id=project_id, actor=alice, now=now
    )
    part = pages.add_component(page_id=page.id, component=pages.ComponentSettings(name=f"The {word}"), actor=alice, now=now)
    work = pages.NewMaintenance(
        name=f"Oil the {word}", text=word, starts_at=now, ends_at=now + timedelta(hours=1), component_ids=(part.pk,)
    )
    posted = pages.plan_maintenance(page_id=page.id, maintenance=work, actor=alice, now=now)
    subscribing.subscribe(page=page, email=f"{word}@customer.example", client="203.0.113.9", now=now)
    known = {f"{name}:slug": slug for name in PUBLIC}
    return known | {
        "component_id": str(part.pk),
        "post-status:incident_id": str(posted.pk),
        "status-incident:code": rules.code_of("incident", posted.pk),
        "status-feed:kind": "atom",
        "status-api:name": "summary",
    }
