"""Tables of buying: orders with their lines, numbered receipts, requests for plans that are sold by hand."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from emporion.checkout.types import OrderState
from emporion.kernel.ids import new_id


class Order(models.Model):
    """One purchase: made before any money moves, settled once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    state = models.CharField(max_length=20, choices=[(str(state), str(state)) for state in OrderState])
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    bundle_name = models.CharField(max_length=120, blank=True)
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    trial_days = models.PositiveSmallIntegerField(default=0)
    renews_at = models.DateTimeField(null=True)
    method = models.CharField(max_length=20)
    payment_id = models.UUIDField(null=True)
    failed_payment_id = models.UUIDField(null=True)  # of the attempt before; news of it come late and change nothing
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="checkout_order_once"),
            models.CheckConstraint(condition=Q(total_minor__gte=0, due_minor__gte=0), name="checkout_order_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation_id", "-created_at"], name="checkout_order_newest")]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class OrderLine(models.Model):
    """One plan of an order; its subscription's id is fixed here, so that settling twice starts one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product_id = models.UUIDField()
    plan_id = models.UUIDField()
    subscription_id = models.UUIDField(default=new_id, unique=True)
    product_name = models.CharField(max_length=120)
    product_slug = models.CharField(max_length=80)
    plan_name = models.CharField(max_length=80)
    category = models.CharField(max_length=20)
    icon = models.CharField(max_length=80, blank=True)
    delivery = models.CharField(max_length=20)
    provider_id = models.UUIDField(null=True)
    provider_percent = models.PositiveSmallIntegerField()
    cycle = models.CharField(max_length=10)
    unit_minor = models.BigIntegerField()
    times = models.PositiveSmallIntegerField()
    discount_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField()
    trial_days = models.PositiveSmallIntegerField(default=0)
    # What it paid for first; null: paid for good, or sold before it was kept.
    period_start_at = models.DateTimeField(null=True)
    period_end_at = models.DateTimeField(null=True)
    # As the terms were when it was sold; null: sold before they were kept, so that those of now hold.
    refund_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "position"], name="checkout_line_once")]

    def __str__(self) -> str:
        return f"{self.product_name} {self.plan_name}"


class NumberSeries(models.Model):
    """The last number given in a series; locked while the next is taken, so that no number is missing or double."""

    name = models.CharField(primary_key=True, max_length=40)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last}"


class Receipt(models.Model):
    """The numbered receipt of a settled order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="receipt")
    issued_at = models.DateTimeField()
    # The parties as they stood when it was made; empty: made before they were kept, or of an organisation that was closed.
    seller = models.TextField(blank=True)
    buyer = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.number


class PaymentReceipt(models.Model):
    """The receipt of a payment that is no order's: bought credit, a renewal, a change of plan. Numbered in the orders' series.

    On account it is an invoice until its money has come, and then the receipt, by whatever payment that was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    payment_id = models.UUIDField(unique=True)
    organisation_id = models.UUIDField()
    title = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    # The parties as they stood when it was made; empty: made before they were kept, or of an organisation that was closed.
    seller = models.TextField(blank=True)
    buyer = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation_id", "-issued_at"], name="checkout_receipt_newest")]

    def __str__(self) -> str:
        return self.number


class BillingDetails(models.Model):
    """How an organisation wants to be named on its receipts and invoices."""

    organisation_id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=160, blank=True)
    address = models.TextField(max_length=400, blank=True)
    country = models.CharField(max_length=80, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class RefundRequest(models.Model):
    """A buyer asks for the money of an order back, once; the operator decides and gives it back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="refund_request")
    person_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} {self.asked_at:%Y-%m-%d}"


class QuoteRequest(models.Model):
    """Somebody asked for a plan that is sold on request."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product_id = models.UUIDField()
    plan_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    organisation_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    message = models.TextField(blank=True)
    key = models.CharField(max_length=60, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.email} {self.plan_id}"
