"""What people were told and what they want to hear; each begins at the actor or the person."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from emporion.notify import rules
from emporion.notify.models import Delivery, Destination, MailMessage, Notification, Preference, PushDevice
from emporion.notify.types import (
    Channel,
    DeliveryState,
    DeliveryView,
    DestinationKind,
    DestinationView,
    DeviceView,
    MailState,
    MailView,
    NotificationView,
    PreferenceView,
    Topic,
)
from emporion.notify.wording import CHANNELS, TITLES
from emporion.plumbing.types import Actor, ActorKind


def unread_count(actor: Actor) -> int:
    """How many notifications the person has not read; 0 for everybody who is no person."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return 0
    return Notification.objects.of_person(actor.id).unread().count()


def notifications_of(actor: Actor, *, before: UUID | None = None, limit: int = 50) -> tuple[NotificationView, ...]:
    """The newest notifications of the person; `before` continues below one."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return ()
    rows = Notification.objects.of_person(actor.id)
    if before:
        rows = rows.filter(id__lt=before)
    return tuple(
        NotificationView(
            id=row.id,
            topic=Topic(row.topic),
            title=row.title,
            body=row.body,
            url=row.url,
            created_at=row.created_at,
            is_read=row.read_at is not None,
        )
        for row in rows[:limit]
    )


def preferences_of(person_id: UUID) -> tuple[PreferenceView, ...]:
    """Every topic and channel, with what holds for the person now."""
    chosen = {(Topic(row.topic), Channel(row.channel)): row.is_on for row in Preference.objects.filter(person_id=person_id)}
    return tuple(
        PreferenceView(
            topic=topic,
            channel=channel,
            title=str(TITLES[topic][0]),
            channel_title=str(CHANNELS[channel]),
            hint=str(TITLES[topic][1]),
            is_on=rules.is_on(topic, channel, chosen),
            is_fixed=(topic, channel) in rules.FIXED,
        )
        for topic in Topic
        for channel in Channel
    )


def topic_titles() -> list[tuple[str, str]]:
    """The topics that the channels of a team can hear of, with what they are called."""
    return [(topic.value, str(title)) for topic, (title, _hint) in TITLES.items() if topic in rules.POSTED]


def devices_of(actor: Actor) -> tuple[DeviceView, ...]:
    """The browsers that the person turned push on in, newest first."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return ()
    return tuple(
        DeviceView(id=row.pk, label=row.label, created_at=row.created_at, last_sent_at=row.last_sent_at, fingerprint=row.digest)
        for row in PushDevice.objects.filter(person_id=actor.id).order_by("-created_at")
    )


def reachable_by_push(person_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these people have a device that can be pushed to."""
    return frozenset(PushDevice.objects.filter(person_id__in=list(person_ids)).values_list("person_id", flat=True))


def destinations_of(actor: Actor) -> tuple[DestinationView, ...]:
    """The channels and programs that the actor's organisation posts to, each with its last delivery; two queries."""
    rows = list(Destination.objects.of(actor).order_by("created_at"))
    newest = Delivery.objects.filter(destination=OuterRef("pk")).order_by("-id").values("pk")[:1]
    last_ids = Destination.objects.filter(pk__in=[row.pk for row in rows]).values(last=Subquery(newest))
    last = {row.destination_id: row for row in Delivery.objects.filter(pk__in=last_ids)}
    return tuple(_destination(row, last.get(row.pk)) for row in rows)


def deliveries_of(actor: Actor, *, destination_id: UUID | None = None, limit: int = 50) -> tuple[DeliveryView, ...]:
    """The newest posts to the organisation's channels and pushes to the person's own devices."""
    mine = Q(person_id=actor.id) if actor.kind is ActorKind.PERSON else Q(pk=None)
    wanted = Q(destination__in=Destination.objects.of(actor)) | mine
    if destination_id:
        wanted = Q(destination__in=Destination.objects.of(actor).filter(pk=destination_id))
    return tuple(_delivery(row) for row in Delivery.objects.filter(wanted).order_by("-id")[:limit])


def _destination(row: Destination, last: Delivery | None) -> DestinationView:
    return DestinationView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        kind=DestinationKind(row.kind),
        name=row.name,
        host=row.host,
        topics=frozenset(Topic(topic) for topic in row.topics),
        is_paused=row.is_paused,
        created_at=row.created_at,
        last=_delivery(last) if last else None,
    )


def _delivery(row: Delivery) -> DeliveryView:
    return DeliveryView(
        id=row.pk,
        channel=row.channel,
        to=row.recipient,
        topic=Topic(row.topic),
        title=row.title,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        status=row.status,
        problem=row.problem,
        created_at=row.created_at,
        sent_at=row.sent_at,
        arrived_at=row.arrived_at,
        opened_at=row.opened_at,
    )


def outbox(*, limit: int = 200) -> tuple[MailView, ...]:
    """The newest mails of the installation; the caller has made sure that the viewer may see everybody's mail."""
    return tuple(_mail(row) for row in MailMessage.objects.order_by("-created_at", "-id")[:limit])


def mail(mail_id: UUID) -> MailView | None:
    """One mail of the outbox; see `outbox` for who may."""
    row = MailMessage.objects.filter(pk=mail_id).first()
    return _mail(row) if row else None


def _mail(row: MailMessage) -> MailView:
    return MailView(
        id=row.id,
        to=row.to,
        sender=row.sender,
        subject=row.subject,
        text=row.text,
        html=row.html,
        state=MailState(row.state),
        created_at=row.created_at,
        error=row.error,
    )
