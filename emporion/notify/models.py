"""Tables of what people were told: in the app, by mail, and what they want to hear of."""

from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id
from emporion.notify.types import Channel, DeliveryState, DestinationKind, MailState, Topic
from emporion.plumbing.types import Actor, ActorKind


class NotificationQuerySet(models.QuerySet["Notification"]):
    """The vocabulary of the notification centre."""

    def of_person(self, person_id: UUID) -> Self:
        """Newest first."""
        return self.filter(person_id=person_id).order_by("-id")

    def unread(self) -> Self:
        """Not yet seen."""
        return self.filter(read_at=None)


class Notification(models.Model):
    """One line in one person's notification centre."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    organisation_id = models.UUIDField(null=True)
    topic = models.CharField(max_length=20, choices=[(topic, topic) for topic in Topic])
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "-id"], name="notification_of_person"),
            models.Index(fields=["person_id"], condition=models.Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class MailMessage(models.Model):
    """A mail, stored in the transaction of what caused it; handed to a mail server by a job where one is configured."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to = models.CharField(max_length=320)
    sender = models.CharField(max_length=320)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=[(state, state) for state in MailState])
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="mail_newest")]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"


class Preference(models.Model):
    """What a person chose where it differs from the default."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField()
    topic = models.CharField(max_length=20, choices=[(topic, topic) for topic in Topic])
    channel = models.CharField(max_length=10, choices=[(channel, channel) for channel in Channel])
    is_on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "topic", "channel"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.topic} {self.channel} {self.is_on}"


class PushDevice(models.Model):
    """A browser that can be pushed to; its address and keys are sealed together, found again by their digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    label = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.label or str(self.id)


class DestinationQuerySet(models.QuerySet["Destination"]):
    """The vocabulary of channels that belong to teams."""

    def of(self, actor: Actor) -> Self:
        """Those of the organisation, and of the projects that the actor sees; removed ones are gone."""
        own = self.filter(organisation_id=actor.organisation_id, removed_at=None)
        if actor.kind is ActorKind.SYSTEM:
            return own
        return own.filter(models.Q(project_id=None) | models.Q(project_id__in=actor.project_ids))

    def hearing(self, organisation_id: UUID, project_id: UUID | None) -> Self:
        """Those that hear of an organisation's project now."""
        wanted = self.filter(organisation_id=organisation_id, removed_at=None, is_paused=False)
        return wanted.filter(models.Q(project_id=None) | models.Q(project_id=project_id))


class Destination(models.Model):
    """A team's channel or a program: where to post, what to sign with, and which topics it wants."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in DestinationKind])
    name = models.CharField(max_length=80)
    host = models.CharField(max_length=253)
    sealed_address = models.TextField()
    sealed_secret = models.TextField(blank=True)
    topics = models.JSONField(default=list)
    is_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = DestinationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class Delivery(models.Model):
    """One push or post: what is still to be sent, sealed, and what came of it; the text is not kept once it is over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    device = models.ForeignKey(PushDevice, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    destination = models.ForeignKey(Destination, null=True, on_delete=models.CASCADE, related_name="deliveries")
    reference = models.UUIDField(null=True)
    channel = models.CharField(max_length=10)
    recipient = models.CharField(max_length=120, blank=True)
    topic = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=[(state, state) for state in DeliveryState])
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="delivery_of_organisation"),
            models.Index(fields=["person_id", "-id"], name="delivery_of_person"),
            models.Index(fields=["reference"], name="delivery_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}: {self.title}"
