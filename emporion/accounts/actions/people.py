"""Registers people and keeps what they say of themselves."""

import zoneinfo
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from emporion.accounts.actions.audit import record_audit
from emporion.accounts.actions.notices import send_verification
from emporion.accounts.actions.organisations import ensure_organisation
from emporion.accounts.actions.team import accept_invitation
from emporion.accounts.errors import AddressTaken, NameMissing, PasswordRefused
from emporion.accounts.events import PersonRegistered
from emporion.accounts.models import AuditEntry, Person
from emporion.accounts.types import PersonView, ProfileChange, Registration
from emporion.accounts.views_of import person_view
from emporion.kernel.errors import Conflict, Invalid, NotFound
from emporion.kernel.names import written
from emporion.plumbing.actions import publish
from emporion.plumbing.limits import Window, count
from emporion.plumbing.types import Actor, ActorKind


def register_person(*, registration: Registration, now: datetime) -> PersonView:
    """A new person with an organisation and a project, or inside the one that invited them; a verification mail goes out.

    Raises `AddressTaken`, `PasswordRefused`, `Invalid` or `InvitationClosed`; then nothing was made.
    """
    email = registration.email.strip().lower()
    name = written(registration.name)
    if not name:
        raise NameMissing(field="name")
    _check_email(email)
    person = Person(email=email, name=name, time_zone=registration.time_zone, created_at=now)
    _check_password(registration.password, person)
    person.set_password(registration.password)
    with transaction.atomic():
        _save_new(person)
        address = EmailAddress.objects.create(user=person, email=email, primary=True, verified=False)
        complete_registration(person_id=person.id, invitation=registration.invitation, now=now)
        address.refresh_from_db()
        if not address.verified:
            send_verification(address=address, now=now)
    return person_view(person, is_verified=address.verified)


def complete_registration(*, person_id: UUID, invitation: str = "", now: datetime) -> None:
    """Give a new person their place: that of the invitation, else an organisation and a project of their own."""
    with transaction.atomic():
        publish(PersonRegistered(person_id=person_id, at=now), now=now)
        if invitation:
            accept_invitation(token=invitation, person_id=person_id, now=now)
        else:
            ensure_organisation(person_id=person_id, now=now)


def resend_verification(*, actor: Actor, now: datetime) -> None:
    """Send the verification mail again, at most three times an hour; `Conflict` when there is nothing to verify."""
    address = EmailAddress.objects.filter(user_id=actor.id, verified=False).order_by("primary").first() if actor.id else None
    if address is None:
        raise Conflict("Your e-mail address is verified already.", next_step="There is nothing to do.")
    count(Window(scope="verify", limit=3, seconds=3600), str(actor.id), now=now)
    send_verification(address=address, now=now)


def update_profile(*, change: ProfileChange, actor: Actor, now: datetime) -> None:
    """Keep a person's name, language and time zone."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise NotFound
    if not (name := written(change.name)):
        raise NameMissing(field="name")
    if change.time_zone not in zoneinfo.available_timezones():
        raise Invalid("This time zone is not known.", next_step="Choose one of the list.", field="time_zone")
    if change.locale not in dict(settings.LANGUAGES):
        raise Invalid("This language is not known.", next_step="Choose one of the list.", field="locale")
    with transaction.atomic():
        Person.objects.filter(pk=actor.id).update(name=name, locale=change.locale, time_zone=change.time_zone)
        record_audit(actor=actor, verb="profile.changed", object_type="person", object_id=actor.id, now=now)


def begin_in_browser_zone(*, time_zone: str, actor: Actor) -> None:
    """Take the browser's time zone for a person who has chosen none, so that what runs by the clock begins in it."""
    if actor.kind is not ActorKind.PERSON or actor.id is None or time_zone not in zoneinfo.available_timezones():
        return
    unchosen = Person.objects.filter(pk=actor.id, time_zone="UTC")
    if unchosen.exists() and not AuditEntry.objects.filter(actor_id=actor.id, verb="profile.changed").exists():
        unchosen.update(time_zone=time_zone)  # who has saved UTC in their profile means it


def set_operator(*, email: str, is_operator: bool, now: datetime) -> PersonView:
    """Make a person an operator of the installation, or no longer one; called from the command line."""
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(email__iexact=email.strip()).first()
        if person is None:
            raise NotFound("Nobody has registered with this e-mail address.", next_step="Register first, then run this again.")
        person.is_operator = is_operator
        person.save(update_fields=["is_operator"])
        record_audit(
            actor=Actor.system(),
            verb="operator.granted" if is_operator else "operator.withdrawn",
            object_type="person",
            object_id=person.id,
            detail=person.email,
            now=now,
        )
    return person_view(person, is_verified=EmailAddress.objects.filter(user=person, verified=True).exists())


def _save_new(person: Person) -> None:
    if EmailAddress.objects.filter(email__iexact=person.email).exists():
        raise AddressTaken(field="email")
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken(field="email") from error


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid("This is not an e-mail address.", next_step="Check it for typing mistakes.", field="email") from error


def _check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise PasswordRefused(" ".join(error.messages), field="password") from error
