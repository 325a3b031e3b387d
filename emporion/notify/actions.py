"""Verbs that tell people something. Addresses and names come with the `Recipient`: this domain knows nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from emporion.kernel.errors import Invalid, NotFound
from emporion.kernel.names import written
from emporion.notify import cloudevents, receipts, rules, sending
from emporion.notify.errors import DestinationNotFound, DestinationRefused, DeviceRefused
from emporion.notify.events import DeliveryArrived, DeliveryOpened
from emporion.notify.models import Delivery, Destination, MailMessage, Notification, Preference, PushDevice
from emporion.notify.types import (
    Channel,
    DestinationKind,
    MailState,
    Message,
    NewDestination,
    NewDevice,
    Recipient,
    Topic,
)
from emporion.plumbing import outbound, secrets
from emporion.plumbing.actions import enqueue, publish
from emporion.plumbing.errors import AddressRefused, AddressUnreachable
from emporion.plumbing.types import Actor, ActorKind, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that is ready: plain text always, HTML where there is one."""

    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelivery:
    """What the job that hands mail to the mail server receives."""

    mail_id: UUID


def notify(*, recipients: Iterable[Recipient], message: Message, now: datetime) -> int:
    """Tell people in the app, by mail and by push, each as they chose; returns how many were told anywhere."""
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
            if Channel.PUSH in channels:
                sending.push_to(person_id, message, now=now)
    return told


def tell(*, recipient: Recipient, message: Message, now: datetime) -> frozenset[Channel]:
    """Tell one person by exactly the channels of the message, whatever they chose: for being paged. Returns those that exist."""
    if recipient.person_id is None:
        return frozenset()
    told = set(message.channels)
    with transaction.atomic():
        if Channel.IN_APP in told:
            _put_in_centre(recipient.person_id, message, now)
        if Channel.EMAIL in told:
            send_mail(to=recipient, template=message.template, context=message, now=now)
        if Channel.PUSH in told and not sending.push_to(recipient.person_id, message, now=now):
            told.discard(Channel.PUSH)
    return frozenset(told)


def broadcast(*, message: Message, now: datetime) -> int:
    """Post to the Slack channels and webhooks of the message's organisation that want its topic; returns how many do.

    With a project those of the organisation and of the project hear of it; without one only those of the organisation.
    """
    if message.organisation_id is None:
        return 0
    with transaction.atomic():
        places = Destination.objects.hearing(message.organisation_id, message.project_id)
        wanted = [place for place in places if message.topic in place.topics]
        for place in wanted:
            sending.post_to(place, message, now=now)
    return len(wanted)


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
            enqueue("notify.deliver_mail", MailDelivery(mail_id=mail.id), now=now)
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
    PushDevice.objects.filter(person_id=person_id).delete()
    Delivery.objects.filter(person_id=person_id).delete()
    MailMessage.objects.filter(to__iexact=email).delete()


def set_preference(*, person_id: UUID, topic: Topic, channel: Channel, is_on: bool) -> None:
    """Keep what a person wants to hear of by a channel; `Invalid` for what is not theirs to choose."""
    if (topic, channel) in rules.FIXED and not is_on:
        raise Invalid("Mail about the security of your account cannot be turned off.", next_step="Leave it on.")
    Preference.objects.update_or_create(person_id=person_id, topic=topic, channel=channel, defaults={"is_on": is_on})


MAX_DEVICES = 20


def add_device(*, device: NewDevice, actor: Actor, now: datetime) -> UUID:
    """Push to this browser from now on; asked again by the same browser, the person who is signed in has it."""
    person_id = _person(actor)
    if not rules.can_be_sealed_for(device):
        raise DeviceRefused
    try:
        outbound.check(device.endpoint)
    except AddressUnreachable:  # the name may be known again when there is something to send
        pass
    except AddressRefused as error:
        raise DeviceRefused from error
    with transaction.atomic():
        known = {"person_id": person_id, "sealed": sending.sealed_device(device), "label": device.label[:120]}
        row, _made = PushDevice.objects.update_or_create(
            digest=sending.digest(device.endpoint), defaults=known, create_defaults={**known, "created_at": now}
        )
        newest = PushDevice.objects.filter(person_id=person_id).order_by("-created_at").values_list("pk", flat=True)
        PushDevice.objects.filter(person_id=person_id).exclude(pk__in=list(newest[:MAX_DEVICES])).delete()
    return row.pk


def remove_device(*, device_id: UUID, actor: Actor) -> None:
    """Push to a device no more; `NotFound` when it is not theirs."""
    if not PushDevice.objects.filter(pk=device_id, person_id=_person(actor)).delete()[0]:
        raise NotFound


def push_test(*, actor: Actor, now: datetime) -> int:
    """Push a word to every device of the person; returns how many there are."""
    body = _("If you can read this, this device will be pushed to.")
    word = Message(topic=Topic.SECURITY, title=_("A test of Emporion"), body=body, url="/settings/notifications/", tag="test")
    return sending.push_to(_person(actor), word, now=now)


def keep_receipt(*, receipt: str, is_opened: bool, now: datetime) -> None:
    """A device says that a push arrived, or that it was tapped; only the first time counts. `NotFound` for what is not ours."""
    delivery_id = receipts.delivery_of(receipt, key=receipts.key_of(settings.SECRET_KEY))
    row = Delivery.objects.filter(pk=delivery_id).first() if delivery_id else None
    if row is None:
        raise NotFound
    column, event = ("opened_at", DeliveryOpened) if is_opened else ("arrived_at", DeliveryArrived)
    with transaction.atomic():
        is_first = Delivery.objects.filter(pk=row.pk, **{column: None}).update(**{column: now})
        if is_first and row.reference:
            publish(
                event(delivery_id=row.pk, reference=row.reference, channel=row.channel, person_id=row.person_id, at=now), now=now
            )


def add_destination(*, destination: NewDestination, actor: Actor, now: datetime) -> tuple[UUID, str]:
    """Have a team's channel or program hear of topics; returns its id and, for a webhook, its secret, which is told only now."""
    _require_configure(actor, destination.project_id)
    host = _checked_host(destination.address)
    if not destination.name.strip() or not destination.topics:
        raise DestinationRefused("A channel needs a name and a topic.", next_step="Enter a name and choose what it hears of.")
    secret = cloudevents.new_secret() if destination.kind is DestinationKind.WEBHOOK else ""
    row = Destination.objects.create(
        organisation_id=actor.organisation,
        project_id=destination.project_id,
        kind=destination.kind,
        name=written(destination.name, longest=80),
        host=host,
        sealed_address=secrets.encrypt(destination.address),
        sealed_secret=secrets.encrypt(secret) if secret else "",
        topics=sorted(destination.topics),
        created_at=now,
    )
    return row.id, secret


def pause_destination(*, destination_id: UUID, is_paused: bool, actor: Actor) -> None:
    """Leave a destination out for a while, or let it hear again."""
    Destination.objects.filter(pk=_changeable(actor, destination_id).pk).update(is_paused=is_paused)


def remove_destination(*, destination_id: UUID, actor: Actor, now: datetime) -> None:
    """Tell a destination nothing more; `restore_destination` undoes it."""
    Destination.objects.filter(pk=_changeable(actor, destination_id).pk).update(removed_at=now)


def restore_destination(*, destination_id: UUID, actor: Actor) -> None:
    """Bring a removed destination back."""
    row = Destination.objects.filter(pk=destination_id, organisation_id=actor.organisation).first()
    if row is None:
        raise DestinationNotFound
    _require_configure(actor, row.project_id)
    Destination.objects.filter(pk=row.pk).update(removed_at=None)


def try_destination(*, destination_id: UUID, message: Message, actor: Actor, now: datetime) -> UUID:
    """Post a message to one destination, so that people see whether it arrives."""
    return sending.post_to(_changeable(actor, destination_id), message, now=now)


def _changeable(actor: Actor, destination_id: UUID) -> Destination:
    row = Destination.objects.of(actor).filter(pk=destination_id).first()
    if row is None:
        raise DestinationNotFound
    _require_configure(actor, row.project_id)
    return row


def _require_configure(actor: Actor, project_id: UUID | None) -> None:
    actor.require(Permission.CONFIGURE if project_id else Permission.MANAGE_ORGANISATION, project_id)


def _checked_host(address: str) -> str:
    try:
        outbound.check(address)
    except AddressRefused as error:
        raise DestinationRefused from error
    except AddressUnreachable as error:
        raise DestinationRefused("This name is not known.", next_step="Check the address for a slip of the pen.") from error
    return urlsplit(address).netloc


def _person(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise NotFound
    return actor.id


def _absolute(url: str) -> str:
    return settings.SITE_URL + url if url.startswith("/") else url


def _chosen(people: Iterable[UUID]) -> Mapping[UUID, Mapping[tuple[Topic, Channel], bool]]:
    chosen: dict[UUID, dict[tuple[Topic, Channel], bool]] = {}
    for row in Preference.objects.filter(person_id__in=list(people)):
        chosen.setdefault(row.person_id, {})[Topic(row.topic), Channel(row.channel)] = row.is_on
    return chosen
