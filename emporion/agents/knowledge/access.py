"""Whose library it is: every query and verb of knowledge begins here, at the actor."""

from uuid import UUID

from emporion.agents.knowledge.models import Library
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor, ActorKind, Permission


class LibraryNotFound(NotFound):
    """There is no such library for this actor."""

    title = "There is no such agent here."
    next_step = "Open My Agents to see those of your organization."


def seen(actor: Actor, library_id: UUID, permission: Permission = Permission.VIEW) -> Library:
    """The library, if the actor has the permission in its project; a stranger cannot tell it exists."""
    library = Library.objects.filter(id=library_id).first()
    if library is None:
        raise LibraryNotFound
    if actor.kind is ActorKind.SYSTEM and actor.organisation_id in {None, library.organisation_id}:
        return library
    if library.organisation_id is None or library.organisation_id != actor.organisation_id:
        raise LibraryNotFound
    actor.require(permission, library.project_id)
    return library
