"""Verbs that tell people something. Addresses and names come with the `Recipient`: this domain knows nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from emporion.kernel.errors import Invalid, NotFound
from emporion.notify import rules
from emporion.notify.models import MailMessage, Notification, Preference
from emporion.notify.types import Channel, MailState, Message, Recipient, Topic
from emporion.plumbing.actions import enqueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that is ready: plain text always, HTML where there is one."""

    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the job that hands mail to the mail server receives."""

    mail_id: UUID


def notify(*, recipients: Iterable[Recipient], message: Message, now: datetime) -> int:
    """Tell people in the app and by mail, each as they chose; returns how many were told anywhere."""
    people = {recipient.person_id: recipient for recipient in recipients if recipient.person_id is not None}
    chosen = _chosen(people)
    told = 0
    with transaction.atomic():
        for person_id, recipient in people.items():
            channels = [
                channel
                for channel in Channel
                if channel in message.channels and rules.is_on(message.topic, channel, chosen.get(person_id, {}))
            ]
            told += bool(channels)
            if Channel.IN_APP in channels:
                _put_in_centre(person_id, message, now)
            if Channel.EMAIL in channels:
                send_mail(to=recipient, template=message.template, context=message, now=now)
    return told


def _put_in_centre(person_id: UUID, message: Message, now: datetime) -> None:
    Notification.objects.create(
        person_id=person_id,
        organisation_id=message.organisation_id,
        topic=message.topic,
        title=message.title[:200],
        body=message.body,
        url=message.url,
        created_at=now,
    )


def send_mail(*, to: Recipient, template: str, context: object, now: datetime) -> UUID:
    """Send one mail from `notify/mail/<template>.txt` and `.html`; the first line of the text is the subject.

    Templates see the context as `mail`, the recipient as `to`, the installation's address as `site_url` and the context's
    `url` as an absolute `link`; times are in the recipient's zone.
    """
    values = {"mail": context, "to": to, "site_url": settings.SITE_URL, "link": _absolute(getattr(context, "url", ""))}
    with translation.override(to.locale), timezone.override(to.time_zone):
        text = render_to_string(f"notify/mail/{template}.txt", values).strip()
        html = render_to_string(f"notify/mail/{template}.html", values)
    subject, _, body = text.partition("\n")
    return store_letter(letter=Letter(to=to.email, subject=subject.strip(), text=body.strip(), html=html), now=now)


def store_letter(*, letter: Letter, now: datetime) -> UUID:
    """Keep a mail in the outbox or, with a mail server configured, have a job hand it over; part of the transaction."""
    is_kept = settings.MAIL_URL.startswith("outbox:")
    with transaction.atomic():
        mail = MailMessage.objects.create(
            to=letter.to,
            sender=letter.sender or settings.DEFAULT_FROM_EMAIL,
            subject=letter.subject[:300],
            text=letter.text,
            html=letter.html,
            state=MailState.KEPT if is_kept else MailState.WAITING,
            created_at=now,
        )
        if not is_kept:
            enqueue("notify.deliver_mail", Delivery(mail_id=mail.id), now=now)
    return mail.id


def mark_read(*, person_id: UUID, notification_id: UUID, now: datetime) -> str:
    """Mark one notification of a person as read and say where it leads; `NotFound` when it is not theirs."""
    mine = Notification.objects.filter(person_id=person_id, pk=notification_id)
    found = mine.first()
    if found is None:
        raise NotFound
    mine.filter(read_at=None).update(read_at=now)
    return found.url


def mark_all_read(*, person_id: UUID, now: datetime) -> int:
    """Mark everything of a person as read; returns how many were unread."""
    return Notification.objects.filter(person_id=person_id, read_at=None).update(read_at=now)


@transaction.atomic
def forget_person(*, person_id: UUID, email: str) -> None:
    """Erase what a person was told, in the app and by mail, and what they wanted to hear of."""
    Notification.objects.filter(person_id=person_id).delete()
    Preference.objects.filter(person_id=person_id).delete()
    MailMessage.objects.filter(to__iexact=email).delete()


def set_preference(*, person_id: UUID, topic: Topic, channel: Channel, is_on: bool) -> None:
    """Keep what a person wants to hear of by a channel; `Invalid` for what is not theirs to choose."""
    if (topic, channel) in rules.FIXED and not is_on:
        raise Invalid("Mail about the security of your account cannot be turned off.", next_step="Leave it on.")
    Preference.objects.update_or_create(person_id=person_id, topic=topic, channel=channel, defaults={"is_on": is_on})


def _absolute(url: str) -> str:
    return settings.SITE_URL + url if url.startswith("/") else url


def _chosen(people: Iterable[UUID]) -> Mapping[UUID, Mapping[tuple[Topic, Channel], bool]]:
    chosen: dict[UUID, dict[tuple[Topic, Channel], bool]] = {}
    for row in Preference.objects.filter(person_id__in=list(people)):
        chosen.setdefault(row.person_id, {})[Topic(row.topic), Channel(row.channel)] = row.is_on
    return chosen
