"""Builds the `Actor` at which every query and verb begins."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import FilteredRelation, Q

from emporion.accounts.models import ApiToken, Membership
from emporion.accounts.types import TokenScope
from emporion.plumbing.secrets import digest
from emporion.plumbing.types import Actor, ActorKind, Role

USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class _Place:
    """What a person holds in one organisation, gathered row by row."""

    role: Role
    projects: set[UUID] = field(default_factory=set)
    project_roles: dict[UUID, Role] = field(default_factory=dict)


def actor_for_person(*, person_id: UUID, name: str, organisation_id: UUID | None = None) -> Actor:
    """The person in the organisation asked for, or in their first one when they do not belong to that; one query."""
    places = _places(person_id)
    chosen = organisation_id if organisation_id in places else next(iter(places), None)
    if chosen is None:
        return Actor(kind=ActorKind.PERSON, id=person_id, name=name)
    place = places[chosen]
    return Actor(
        kind=ActorKind.PERSON,
        id=person_id,
        name=name,
        organisation_id=chosen,
        role=place.role,
        project_ids=frozenset(place.projects),
        project_roles=place.project_roles,
    )


def actor_for_token(*, secret: str, now: datetime) -> Actor | None:
    """What a token may do: its person's roles in its organisation, cut to its scope; `None` when it is not valid."""
    token = ApiToken.objects.select_related("person").filter(digest=digest(secret), revoked_at=None).first()
    if token is None or not token.person.is_active:
        return None
    place = _places(token.person_id).get(token.organisation_id)
    if place is None:
        return None
    if token.last_used_at is None or now - token.last_used_at >= USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Actor(
        kind=ActorKind.TOKEN,
        id=token.id,
        name=token.name,
        organisation_id=token.organisation_id,
        role=place.role,
        project_ids=frozenset(place.projects),
        project_roles=place.project_roles,
        can_write=token.scope == TokenScope.READ_WRITE,
    )


def _places(person_id: UUID) -> dict[UUID, _Place]:
    rows = (
        Membership.objects.filter(person_id=person_id)
        .annotate(
            given=FilteredRelation(
                "organisation__projects__memberships", condition=Q(organisation__projects__memberships__person_id=person_id)
            )
        )
        .order_by("created_at", "id")
        .values_list("organisation_id", "role", "organisation__projects__id", "given__role")
    )
    places: dict[UUID, _Place] = {}
    for organisation_id, role, project_id, project_role in rows:
        place = places.setdefault(organisation_id, _Place(role=Role(role)))
        if project_id and (place.role is not Role.MEMBER or project_role):
            place.projects.add(project_id)
        if project_id and project_role:
            place.project_roles[project_id] = Role(project_role)
    return places
