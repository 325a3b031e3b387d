"""Whose automation it is: every query and verb begins here, at the actor."""

from uuid import UUID

from django.db.models import QuerySet

from emporion.agents.automations.errors import AutomationNotFound
from emporion.agents.automations.models import Automation
from emporion.plumbing.types import Actor, Permission


def automations_of(actor: Actor) -> QuerySet[Automation]:
    """The automations in the projects that the actor sees."""
    if actor.organisation_id is None:
        return Automation.objects.none()
    rows = Automation.objects.select_related("blueprint")
    return rows.filter(organisation_id=actor.organisation_id, project_id__in=actor.project_ids)


def seen(actor: Actor, automation_id: UUID, permission: Permission = Permission.VIEW, *, lock: bool = False) -> Automation:
    """The automation, if the actor has the permission in its project; locked for a change on request."""
    rows = automations_of(actor).filter(id=automation_id)
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise AutomationNotFound
    if permission is not Permission.VIEW:
        actor.require(permission, row.project_id)
    return row
