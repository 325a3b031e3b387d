"""Tables of payments: what we asked providers for, what they told us, and the sandbox's own books."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from emporion.kernel.ids import new_id
from emporion.payments.rules import GRACE
from emporion.payments.types import TIME_TO_TRANSFER, Method, PaymentState, Reason, RefundState


class PaymentMethod(models.Model):
    """A provider's handle of a card that an organisation kept: brand and last digits, never the number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    provider = models.CharField(max_length=20)
    token = models.CharField(max_length=120)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation_id", "provider", "token"], name="payments_method_once"),
            models.UniqueConstraint(fields=["organisation_id"], condition=Q(is_default=True), name="payments_one_default_method"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """The vocabulary of payments."""

    def unsettled(self) -> Self:
        """Those whose outcome the provider still owes us; invoices wait for a transfer instead."""
        open_states = [PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.PROCESSING]
        return self.filter(state__in=open_states).exclude(method=Method.INVOICE, state=PaymentState.PROCESSING)

    def due_for_poll(self, now: datetime) -> Self:
        """The unsettled ones whose turn to be asked about has come."""
        return self.unsettled().filter(poll_at__lte=now).order_by("poll_at")

    def overdue(self, now: datetime) -> Self:
        """The invoices whose buyers are to be reminded now, or have let the grace after their reminder pass."""
        unpaid = self.filter(method=Method.INVOICE, state=PaymentState.PROCESSING)
        is_due = Q(reminded_at=None, created_at__lte=now - TIME_TO_TRANSFER)
        return unpaid.filter(is_due | Q(missed_at=None, reminded_at__lte=now - GRACE))


class Payment(models.Model):
    """One attempt to pay one amount; the row exists before the provider hears of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    method = models.CharField(max_length=20, choices=[(method.value, method.value) for method in Method])
    provider = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=120, default="", blank=True)
    state = models.CharField(
        max_length=20, choices=[(state.value, state.value) for state in PaymentState], default=PaymentState.CREATED
    )
    reason = models.CharField(max_length=40, choices=[(reason.value, reason.value) for reason in Reason], default="", blank=True)
    amount_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    cause_type = models.CharField(max_length=60)
    cause_id = models.UUIDField()
    description = models.CharField(max_length=200, default="", blank=True)
    return_url = models.CharField(max_length=500, default="/")
    action_url = models.CharField(max_length=1000, default="", blank=True)
    card_brand = models.CharField(max_length=20, default="", blank=True)
    card_last4 = models.CharField(max_length=4, default="", blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)  # when the money came, whatever was given back of it since
    save_method = models.BooleanField(default=False)
    instead_of = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="instead"
    )  # the invoice that it pays
    transfer_reference = models.CharField(max_length=120, default="", blank=True)
    reminded_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)  # reminded, and the grace passed without the money
    poll_at = models.DateTimeField()
    polls = models.PositiveIntegerField(default=0)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="payments_payment_once"),
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], condition=~Q(provider_ref=""), name="payments_provider_ref_once"
            ),
            models.UniqueConstraint(
                fields=["transfer_reference"], condition=~Q(transfer_reference=""), name="payments_transfer_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")), name="payments_refund_bounded"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["cause_type", "cause_id"], name="payments_payment_cause"),
            models.Index(fields=["organisation_id", "-created_at"], name="payments_payment_newest"),
            models.Index(
                fields=["poll_at"],
                condition=Q(state__in=["created", "requires_action", "processing"]),
                name="payments_payment_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} {self.state}"


class Refund(models.Model):
    """Money on its way back; the row exists before the provider hears of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    note = models.CharField(max_length=200, default="", blank=True)
    provider_ref = models.CharField(max_length=120, default="", blank=True)
    state = models.CharField(
        max_length=20, choices=[(state.value, state.value) for state in RefundState], default=RefundState.CREATED
    )
    reason = models.CharField(max_length=200, default="", blank=True)  # why the provider refused it
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "key"], name="payments_refund_once"),
            models.UniqueConstraint(
                fields=["payment", "provider_ref"], condition=~Q(provider_ref=""), name="payments_refund_ref_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_refund_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"


class WebhookEvent(models.Model):
    """What a provider sent, byte for byte, stored before anything is made of it."""

    class State(models.TextChoices):
        """Whether it was looked at."""

        RECEIVED = "received"
        PROCESSED = "processed"
        IGNORED = "ignored"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    raw = models.BinaryField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.RECEIVED)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="webhooks")
    deliveries = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "event_id"], name="payments_webhook_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class SandboxCharge(models.Model):
    """A charge in the sandbox's own books: what a bank would know of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ref = models.CharField(max_length=60, unique=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    token = models.CharField(max_length=60)
    payment_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=30)
    failure = models.CharField(max_length=40, default="", blank=True)
    return_url = models.CharField(max_length=500, default="/")
    settles_at = models.DateTimeField(null=True)
    faults = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")), name="sandbox_refund_bounded"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.status}"


class SandboxRefund(models.Model):
    """A refund in the sandbox's own books."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    charge = models.ForeignKey(SandboxCharge, on_delete=models.CASCADE, related_name="refunds")
    ref = models.CharField(max_length=60, unique=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.ref} {self.amount_minor}"


class SandboxEvent(models.Model):
    """A webhook that the sandbox sends, kept as the bytes that were signed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    charge = models.ForeignKey(SandboxCharge, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=60, unique=True)
    type = models.CharField(max_length=60)
    body = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id} {self.type}"
