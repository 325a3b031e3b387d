"""Finds people: who somebody is, and who should hear of something."""

from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q

from emporion.accounts.models import ApiToken, Organisation, Person
from emporion.accounts.types import PersonView
from emporion.accounts.views_of import person_view
from emporion.notify.types import Recipient
from emporion.plumbing.types import Actor, ActorKind, Role


def person(person_id: UUID) -> PersonView | None:
    """The person with this id; for jobs and pages that already know that they may show them."""
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    row = Person.objects.annotate(has_verified=Exists(verified)).filter(pk=person_id).first()
    return person_view(row, is_verified=row.has_verified) if row else None


def person_of(actor: Actor) -> PersonView | None:
    """The person behind an actor: themselves, or whose token it is; `None` for the system and for strangers."""
    if actor.id is None:
        return None
    if actor.kind is ActorKind.PERSON:
        return person(actor.id)
    if actor.kind is ActorKind.TOKEN:
        owner = ApiToken.objects.filter(pk=actor.id).values_list("person_id", flat=True).first()
        return person(owner) if owner else None
    return None


def recipients(
    *, organisation_id: UUID, project_id: UUID | None = None, person_ids: tuple[UUID, ...] = ()
) -> tuple[Recipient, ...]:
    """Whom to tell: the people given as far as they belong to the organisation; else its owners and managers and, with a
    project, the project's admins.
    """
    belongs = Q(memberships__organisation_id=organisation_id)
    if person_ids:
        wanted = Q(pk__in=person_ids)
    else:
        wanted = Q(memberships__role__in=[Role.OWNER, Role.MANAGER])
        if project_id:
            wanted |= Q(project_memberships__project_id=project_id, project_memberships__role=Role.ADMIN)
    rows = Person.objects.filter(belongs & wanted, is_active=True).distinct().order_by("id")
    return tuple(Recipient(email=row.email, name=row.name, locale=row.locale, person_id=row.id) for row in rows)


def organisation_name(organisation_id: UUID) -> str:
    """The name of an organisation for documents such as receipts; empty when it is gone."""
    return Organisation.objects.filter(pk=organisation_id).values_list("name", flat=True).first() or ""
