"""Deletes accounts: asked for, taken back within two weeks, then done. What the law wants kept stays under a made-up name."""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from emporion.accounts import rules
from emporion.accounts.actions.audit import record_audit
from emporion.accounts.actions.exports import erase_export
from emporion.accounts.errors import StillOwner
from emporion.accounts.events import OrganisationClosed, PersonDeleted
from emporion.accounts.models import Invitation, Membership, Organisation, Person, ProjectMembership
from emporion.accounts.queries.leaving import alone_in, leaves_without_owner
from emporion.accounts.queries.people import recipient_of
from emporion.accounts.types import LeavingMail
from emporion.kernel.errors import NotFound
from emporion.notify.actions import forget_person, send_mail
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, ActorKind

DELETED = "Deleted person"


def ask_for_deletion(*, actor: Actor, now: datetime) -> datetime:
    """Delete the actor's account in two weeks; asked again, the first date holds. `StillOwner` while others depend on them."""
    with transaction.atomic():
        person = _own(actor)
        if person.deletion_due_at is not None:
            return person.deletion_due_at
        _check_owners(person.id)
        person.deletion_due_at = due = now + rules.DELETION_WAITS
        person.save(update_fields=["deletion_due_at"])
        record_audit(actor=actor, verb="deletion.asked", object_type="person", object_id=person.id, now=now)
        url = settings.SITE_URL + reverse("accounts:data")
        send_mail(to=recipient_of(person), template="account_leaving", context=LeavingMail(due_at=due, url=url), now=now)
    return due


def take_back_deletion(*, actor: Actor, now: datetime) -> None:
    """Keep the account after all."""
    with transaction.atomic():
        person = _own(actor)
        if person.deletion_due_at is None:
            return
        person.deletion_due_at = None
        person.save(update_fields=["deletion_due_at"])
        record_audit(actor=actor, verb="deletion.taken_back", object_type="person", object_id=person.id, now=now)


def delete_due(*, now: datetime) -> int:
    """Delete every account whose time has come; returns how many. One that others depend on by now is kept and told."""
    due = Person.objects.filter(deletion_due_at__lte=now, deleted_at=None).values_list("id", flat=True)
    return sum(_delete(person_id, now) for person_id in list(due))


def _delete(person_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        if person.deletion_due_at is None or person.deletion_due_at > now or person.deleted_at is not None:
            return False
        if leaves_without_owner(person_id):
            person.deletion_due_at = None
            person.save(update_fields=["deletion_due_at"])
            url = settings.SITE_URL + reverse("accounts:data")
            send_mail(to=recipient_of(person), template="account_kept", context=LeavingMail(due_at=now, url=url), now=now)
            return False
        for organisation in alone_in(person_id):
            _close(organisation, now)
        _forget(person, now)
    return True


def _close(organisation: Organisation, now: datetime) -> None:
    """The organisation loses its name and its people; its orders, receipts and postings stay, as the law wants."""
    organisation.tokens.filter(revoked_at=None).update(revoked_at=now)
    organisation.invitations.all().delete()
    organisation.name, organisation.slug = f"Closed organization {organisation.id.hex[-6:]}", f"closed-{organisation.id.hex}"
    organisation.save(update_fields=["name", "slug"])
    record_audit(
        actor=Actor.system(organisation.id),
        verb="organisation.closed",
        object_type="organisation",
        object_id=organisation.id,
        now=now,
    )
    publish(OrganisationClosed(organisation_id=organisation.id, at=now), now=now)


def _forget(person: Person, now: datetime) -> None:
    email = person.email
    for export in person.exports.all():
        erase_export(export)
    for rows in (EmailAddress, SocialAccount, Authenticator, UserSession):
        rows.objects.filter(user=person).delete()
    Invitation.objects.filter(email__iexact=email).delete()
    ProjectMembership.objects.filter(person=person).delete()
    Membership.objects.filter(person=person).delete()
    person.tokens.filter(revoked_at=None).update(revoked_at=now)
    person.email, person.name = f"{person.id.hex}@deleted.invalid", DELETED
    person.is_active, person.is_operator, person.deleted_at = False, False, now
    person.set_unusable_password()
    person.save()
    forget_person(person_id=person.id, email=email)
    publish(PersonDeleted(person_id=person.id, name=DELETED, at=now), now=now)


def _own(actor: Actor) -> Person:
    person = Person.objects.select_for_update().filter(pk=str(actor.id)).first() if actor.kind is ActorKind.PERSON else None
    if person is None:
        raise NotFound
    return person


def _check_owners(person_id: UUID) -> None:
    if names := leaves_without_owner(person_id):
        raise StillOwner(organisations=", ".join(names))
