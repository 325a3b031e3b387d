"""Tables of what people were told: in the app, by mail, and what they want to hear of."""

from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id
from emporion.notify.types import Channel, MailState, Topic


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
