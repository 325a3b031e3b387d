"""Tables of revenue: payments with all their names and reports, whom they belong to, what visits earned, and the ways in."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from emporion.insights.revenue.types import ConnectionKind, Kind, Method, Outcome, Source, Standing
from emporion.kernel.ids import new_id


def _choices(words: type) -> list[tuple[str, str]]:
    return [(str(word), str(word)) for word in words]  # type: ignore[attr-defined]  # every one is a StrEnum


class Book(models.Model):
    """One row a website, locked while a report is taken in, so that two reports of one payment never make two."""

    site_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.site_id)


class PaymentQuerySet(models.QuerySet["Payment"]):
    """The vocabulary of payments."""

    def of(self, site_id: UUID) -> Self:
        """A website's own, without those that became part of another."""
        return self.filter(site_id=site_id, merged_into=None)

    def counted(self) -> Self:
        """What totals are made of: payments, and what went back of them."""
        return self.filter(standing=Standing.COUNTED)

    def received(self) -> Self:
        """Payments themselves, not what went back."""
        return self.filter(reverses=None)

    def due_for_attribution(self, now: datetime) -> Self:
        """Payments whose visits are to be looked at, or looked at again because visits may have come late."""
        return self.received().filter(merged_into=None, check_at__lte=now).order_by("check_at")


class Payment(models.Model):
    """Money that came in, or (with `reverses`) went back; drawn from its reports alone, attributed by a job.

    `object_id` is the name that people know it by; every name is an `Alias`, unique in the website.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_id = models.UUIDField()
    provider = models.CharField(max_length=20)
    object_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=_choices(Kind), default=Kind.PAYMENT)
    standing = models.CharField(max_length=10, choices=_choices(Standing), default=Standing.EXPECTED)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    occurred_at = models.DateTimeField()
    description = models.CharField(max_length=200, blank=True)
    subscription_ref = models.CharField(max_length=120, blank=True)
    customer_ref = models.CharField(max_length=120, blank=True)
    email_key = models.CharField(max_length=64, blank=True)
    user_key = models.CharField(max_length=64, blank=True)
    buyer_hint = models.CharField(max_length=120, blank=True)
    visitor_id = models.UUIDField(null=True)
    checkout_visitor_id = models.UUIDField(null=True)
    network_id = models.BigIntegerField(default=0)
    ways = models.JSONField(default=list)
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    created_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)

    method = models.CharField(max_length=12, choices=_choices(Method), blank=True)
    confidence = models.FloatField(default=0)
    credited_visitor_id = models.UUIDField(null=True)
    credited_source = models.CharField(max_length=200, blank=True)
    credited_channel = models.CharField(max_length=60, blank=True)
    original = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="renewals")
    rungs = models.JSONField(default=list)
    window_days = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    version = models.PositiveBigIntegerField(default=0)
    written_version = models.PositiveBigIntegerField(default=0)
    checks = models.PositiveSmallIntegerField(default=0)
    check_at = models.DateTimeField(null=True)
    attributed_at = models.DateTimeField(null=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reverses", "object_id"], condition=Q(reverses__isnull=False), name="insights_reversal_once"
            ),
            models.CheckConstraint(
                condition=~Q(standing=Standing.COUNTED) | Q(amount_minor__isnull=False), name="insights_counted_has_amount"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True)
                | Q(reverses__isnull=True, amount_minor__gte=0)
                | Q(reverses__isnull=False, amount_minor__lte=0),
                name="insights_payment_sign",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["site_id", "-occurred_at"], name="insights_payment_newest"),
            models.Index(fields=["site_id", "subscription_ref"], name="insights_payment_subscription"),
            models.Index(fields=["site_id", "email_key"], name="insights_payment_email"),
            models.Index(fields=["site_id", "customer_ref"], name="insights_payment_customer"),
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="insights_payment_check"),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} {self.amount_minor} {self.currency}"


class Alias(models.Model):
    """A name of a payment at its provider: checkout session, intent, charge and invoice are names of the same money."""

    site_id = models.UUIDField()
    provider = models.CharField(max_length=20)
    object_id = models.CharField(max_length=200)
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site_id", "provider", "object_id"], name="insights_object_once")
        ]

    def __str__(self) -> str:
        return self.object_id


class Report(models.Model):
    """What one way in said, kept as it was said; a row is only ever added (the database refuses a change)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="reports")
    source = models.CharField(max_length=10, choices=_choices(Source))
    kind = models.CharField(max_length=12, choices=_choices(Kind))
    outcome = models.CharField(max_length=6, choices=_choices(Outcome))
    object_ids = models.JSONField()
    is_trusted = models.BooleanField()
    is_total = models.BooleanField(default=False)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    occurred_at = models.DateTimeField()
    visitor_id = models.UUIDField(null=True)
    network_id = models.BigIntegerField(default=0)
    customer_ref = models.CharField(max_length=120, blank=True)
    email_key = models.CharField(max_length=64, blank=True)
    user_key = models.CharField(max_length=64, blank=True)
    buyer_hint = models.CharField(max_length=120, blank=True)
    subscription_ref = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site_id", "digest"], name="insights_report_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.outcome}"


class Identity(models.Model):
    """A visitor who said who they are: `key` is a keyed hash of an e-mail address or user id, different for each website."""

    site_id = models.UUIDField()
    key = models.CharField(max_length=64)
    visitor_id = models.UUIDField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site_id", "key", "visitor_id"], name="insights_identity_once")]

    def __str__(self) -> str:
        return str(self.visitor_id)


class Credit(models.Model):
    """What one visit gets of a payment or gives back of a refund, one column a model; `touch` counts from the oldest visit."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="credits")
    touch = models.PositiveIntegerField()
    visitor_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=200)
    channel = models.CharField(max_length=60, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    last = models.BigIntegerField()
    first = models.BigIntegerField()
    last_non_direct = models.BigIntegerField()
    linear = models.BigIntegerField()
    time_decay = models.BigIntegerField()
    position = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["touch"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["payment", "touch"], name="insights_credit_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.last}"


class Connection(models.Model):
    """A way in that somebody set up for a website; its secret is encrypted, and gone when it is disconnected."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_id = models.UUIDField()
    organisation_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=_choices(ConnectionKind))
    secret = models.TextField(blank=True)
    hint = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    last_event = models.CharField(max_length=120, blank=True)
    events = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    synced_to = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site_id", "kind"], condition=Q(ended_at=None), name="insights_connection_once")
        ]
        indexes: ClassVar = [models.Index(fields=["organisation_id", "kind"], name="insights_connection_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.hint}"


class InboxEvent(models.Model):
    """What Stripe sent to a connection, byte for byte, stored before anything is made of it; emptied after a month."""

    class State(models.TextChoices):
        """Whether it was looked at."""

        RECEIVED = "received"
        PROCESSED = "processed"
        IGNORED = "ignored"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="inbox")
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=120)
    raw = models.BinaryField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    deliveries = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "event_id"], name="insights_inbox_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.type}"
