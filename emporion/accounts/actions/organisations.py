"""Makes and names organisations and projects."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts import rules
from emporion.accounts.actions.audit import record_audit
from emporion.accounts.errors import NameMissing
from emporion.accounts.events import OrganisationCreated
from emporion.accounts.models import Membership, Organisation, Person, Project
from emporion.accounts.types import OrganisationView, ProjectView, Workspace
from emporion.kernel.errors import Conflict, NotFound
from emporion.kernel.names import written
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, ActorKind, Permission, Role

FIRST_PROJECT = "Default"


def ensure_organisation(*, person_id: UUID, name: str = "", now: datetime) -> Workspace:
    """The person's first workspace, made when they have none; `name` is for a new organisation only."""
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        joined = Membership.objects.filter(person=person).select_related("organisation").order_by("created_at", "id").first()
        if joined is None:
            return _new_workspace(person, name, now)
        own = joined.organisation.projects.order_by("created_at", "id")
        if joined.role == Role.MEMBER:
            own = own.filter(memberships__person=person)
        project = own.first() or Project.objects.create(organisation=joined.organisation, name=FIRST_PROJECT, created_at=now)
        return _workspace(joined.organisation, project, Role(joined.role))


def create_organisation(*, name: str, actor: Actor, now: datetime) -> Workspace:
    """Another organisation, owned by the person who makes it."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise NotFound
    name = _given(name, longest=140)
    with transaction.atomic():
        return _new_workspace(Person.objects.get(pk=actor.id), name, now)


def rename_organisation(*, name: str, actor: Actor, now: datetime) -> None:
    """Give the organisation another name; its slug stays, so that links keep working."""
    actor.require(Permission.MANAGE_ORGANISATION)
    name = _given(name, longest=140)
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=actor.organisation)
        before, organisation.name = organisation.name, name
        organisation.save(update_fields=["name"])
        record_audit(
            actor=actor,
            verb="organisation.renamed",
            object_type="organisation",
            object_id=organisation.id,
            detail=f"{before} → {organisation.name}",
            now=now,
        )


def create_project(*, name: str, actor: Actor, now: datetime) -> ProjectView:
    """Another project of the organisation."""
    actor.require(Permission.MANAGE_PROJECTS)
    name = _given(name)
    with transaction.atomic():
        project = Project(organisation_id=actor.organisation, name=name, created_at=now)
        _save_project(project)
        record_audit(
            actor=actor, verb="project.created", object_type="project", object_id=project.id, detail=project.name, now=now
        )
    return ProjectView(id=project.id, organisation_id=actor.organisation, name=project.name)


def rename_project(*, project_id: UUID, name: str, actor: Actor, now: datetime) -> None:
    """Give a project another name."""
    actor.require(Permission.MANAGE_PROJECTS, project_id)
    name = _given(name)
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=project_id, organisation_id=actor.organisation)
        before, project.name = project.name, name
        _save_project(project)
        record_audit(
            actor=actor,
            verb="project.renamed",
            object_type="project",
            object_id=project.id,
            detail=f"{before} → {project.name}",
            now=now,
        )


def _given(name: str, *, longest: int = 120) -> str:
    kept = written(name, longest=longest)
    if not kept:
        raise NameMissing(field="name")
    return kept


def _save_project(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        raise Conflict("There is already a project with this name.", next_step="Choose another name.", field="name") from error


def _new_workspace(person: Person, name: str, now: datetime) -> Workspace:
    name = written(name, longest=140) or rules.first_organisation_name(person.name)
    organisation = Organisation.objects.create(name=name, slug=_free_slug(name), created_at=now)
    project = Project.objects.create(organisation=organisation, name=FIRST_PROJECT, created_at=now)
    Membership.objects.create(person=person, organisation=organisation, role=Role.OWNER, created_at=now)
    publish(
        OrganisationCreated(organisation_id=organisation.id, project_id=project.id, person_id=person.id, at=now),
        now=now,
    )
    owner = Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, organisation_id=organisation.id, role=Role.OWNER)
    record_audit(
        actor=owner, verb="organisation.created", object_type="organisation", object_id=organisation.id, detail=name, now=now
    )
    return _workspace(organisation, project, Role.OWNER)


def _free_slug(name: str) -> str:
    slug = rules.slug_of(name)
    if not Organisation.objects.filter(slug=slug).exists():
        return slug
    return f"{slug}-{secrets.token_hex(4)}"


def _workspace(organisation: Organisation, project: Project, role: Role) -> Workspace:
    shown = ProjectView(id=project.id, organisation_id=organisation.id, name=project.name)
    return Workspace(
        organisation=OrganisationView(
            id=organisation.id, slug=organisation.slug, name=organisation.name, role=role, projects=(shown,)
        ),
        project=shown,
    )
