"""What people were told and what they want to hear; each begins at the actor or the person."""

from uuid import UUID

from emporion.notify import rules
from emporion.notify.models import MailMessage, Notification, Preference
from emporion.notify.types import Channel, MailState, MailView, NotificationView, PreferenceView, Topic
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
