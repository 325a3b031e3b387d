"""Writes to people: verification of addresses, invitations, and whatever other domains want to tell an organisation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from emporion.accounts.models import Invitation, Person
from emporion.accounts.queries.people import recipient_of, recipients
from emporion.notify.actions import broadcast, notify, send_mail
from emporion.notify.types import Message, Recipient, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMail:
    """A mail whose point is one link."""

    name: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationMail:
    """What an invited person reads."""

    invited_by: str
    organisation: str
    project: str
    role: str
    url: str
    expires_at: datetime


def notify_people(
    *, organisation_id: UUID, message: Message, project_id: UUID | None = None, person_ids: Iterable[UUID] = (), now: datetime
) -> int:
    """Tell the people of an organisation who can act on it (see `queries.recipients`) and its channels, or the people given.

    Returns how many people were told.
    """
    named = tuple(person_ids)
    if not named and message.topic is not Topic.INCIDENT:  # whoever tells of incidents posts them, with facts for programs
        broadcast(message=replace(message, organisation_id=organisation_id, project_id=project_id), now=now)
    people = recipients(organisation_id=organisation_id, project_id=project_id, person_ids=named)
    return notify(recipients=people, message=message, now=now)


def send_verification(*, address: EmailAddress, now: datetime) -> None:
    """Send the link that proves that an address is the person's."""
    person: Person = address.user
    key = EmailConfirmationHMAC.create(address).key
    url = settings.SITE_URL + reverse("account_confirm_email", args=[key])
    send_mail(
        to=replace(recipient_of(person), email=address.email),
        template="verify_email",
        context=LinkMail(name=person.name, url=url),
        now=now,
    )


def send_invitation(*, invitation: Invitation, token: str, now: datetime) -> None:
    """Send the link of an invitation; it is not kept anywhere else."""
    mail = InvitationMail(
        invited_by=invitation.invited_by.name if invitation.invited_by else "",
        organisation=invitation.organisation.name,
        project=invitation.project.name if invitation.project else "",
        role=str(invitation.role),
        url=settings.SITE_URL + reverse("accounts:invitation", args=[token]),
        expires_at=invitation.expires_at,
    )
    send_mail(to=Recipient(email=invitation.email), template="invitation", context=mail, now=now)


# The names that allauth gives its mails, and what we call them. What is not here is a notice about security.
_LINK_MAILS = {
    "password_reset_key": "password_reset",
    "unknown_account": "unknown_account",
    "account_already_exists": "account_exists",
}
_NOTICES = {
    "email_changed": _("Your e-mail address was changed"),
    "email_confirm": _("Your e-mail address was verified"),
    "email_deleted": _("An e-mail address was removed from your account"),
    "password_changed": _("Your password was changed"),
    "password_reset": _("Your password was reset"),
    "password_set": _("A password was set for your account"),
    "account_connected": _("A log-in was connected to your account"),
    "account_disconnected": _("A log-in was disconnected from your account"),
    "totp_activated": _("An authenticator app was added to your account"),
    "totp_deactivated": _("The authenticator app was removed from your account"),
    "webauthn_added": _("A passkey was added to your account"),
    "webauthn_removed": _("A passkey was removed from your account"),
    "recovery_codes_generated": _("New recovery codes were made for your account"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityMail:
    """What changed, when and from where."""

    title: str
    at: datetime
    client: str
    url: str


def send_account_mail(*, name: str, email: str, url: str, client: str, now: datetime) -> None:
    """Send a mail of the log-in machinery by the name that allauth gives it, in the language of the person."""
    person = Person.objects.filter(Q(email__iexact=email) | Q(emailaddress__email__iexact=email)).first()
    to = replace(recipient_of(person), email=email) if person else Recipient(email=email)
    if template := _LINK_MAILS.get(name):
        send_mail(to=to, template=template, context=LinkMail(name=to.name, url=url), now=now)
        return
    with translation.override(to.locale):
        title = str(_NOTICES[name])
    mail = SecurityMail(title=title, at=now, client=client, url=settings.SITE_URL + reverse("accounts:security"))
    send_mail(to=to, template="security_notice", context=mail, now=now)
