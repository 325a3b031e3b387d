"""Tables of billing: what is sold, who subscribed, what was used and what was charged after the purchase."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from emporion.billing.types import (
    DEFAULT_PROVIDER_PERCENT,
    AtLimit,
    ChargeKind,
    ChargeState,
    Cycle,
    PriceShape,
    SubscriptionState,
)
from emporion.kernel.ids import new_id


def _choices(words: type[PriceShape | AtLimit | Cycle | SubscriptionState | ChargeKind | ChargeState]) -> list[tuple[str, str]]:
    return [(str(word), str(word)) for word in words]


class Product(models.Model):
    """Something that is sold; its id is the id of the offering that describes it."""

    id = models.UUIDField(primary_key=True, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=20)
    provider_id = models.UUIDField(null=True)
    provider_name = models.CharField(max_length=120)
    is_verified_provider = models.BooleanField(default=False)
    delivery = models.CharField(max_length=20, default="hosted")
    icon = models.CharField(max_length=80, blank=True)
    tagline = models.CharField(max_length=200, blank=True)
    refund_days = models.PositiveSmallIntegerField(default=0)  # how long the money can be asked back; 0 is not at all
    is_on_sale = models.BooleanField(default=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """One version of a plan; a change of price or limits makes a new one and leaves subscribers on theirs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans")
    slug = models.SlugField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    name = models.CharField(max_length=80)
    tier = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    price_shape = models.CharField(max_length=20, choices=_choices(PriceShape))
    currency = models.CharField(max_length=3)
    monthly_minor = models.BigIntegerField(null=True)
    yearly_minor = models.BigIntegerField(null=True)
    one_time_minor = models.BigIntegerField(null=True)
    trial_days = models.PositiveSmallIntegerField(default=0)
    at_limit = models.CharField(max_length=10, choices=_choices(AtLimit))
    throttle_per_minute = models.PositiveIntegerField(default=10)
    provider_percent = models.PositiveSmallIntegerField(default=DEFAULT_PROVIDER_PERCENT)
    features = models.JSONField(default=list)
    terms = models.CharField(max_length=64)  # a digest of what a subscriber agreed to
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "slug", "version"], name="billing_plan_version_once"),
            models.UniqueConstraint(fields=["product", "slug"], condition=Q(is_current=True), name="billing_plan_one_current"),
            models.CheckConstraint(condition=Q(provider_percent__lte=100), name="billing_plan_share_bounded"),
            models.CheckConstraint(
                condition=(Q(monthly_minor=None) | Q(monthly_minor__gte=0))
                & (Q(yearly_minor=None) | Q(yearly_minor__gte=0))
                & (Q(one_time_minor=None) | Q(one_time_minor__gte=0)),
                name="billing_plan_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PlanComponent(models.Model):
    """What a plan includes of one metric a month, and what one more costs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="components")
    metric = models.CharField(max_length=60)
    label = models.CharField(max_length=80)
    unit = models.CharField(max_length=40)
    included = models.BigIntegerField(null=True)
    overage_rate = models.DecimalField(max_digits=20, decimal_places=12, null=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "metric"], name="billing_component_once")]

    def __str__(self) -> str:
        return self.label


class Bundle(models.Model):
    """Several plans at a discount."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    tagline = models.CharField(max_length=200, blank=True)
    percent_off = models.PositiveSmallIntegerField()
    is_on_sale = models.BooleanField(default=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(percent_off__lte=100), name="billing_bundle_percent_bounded")]

    def __str__(self) -> str:
        return self.name


class BundleItem(models.Model):
    """One plan of a bundle, named so that the plan's newest version is what is bought."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    plan_slug = models.SlugField(max_length=60)
    cycle = models.CharField(max_length=10, choices=_choices(Cycle))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.plan_slug} {self.cycle}"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """The vocabulary of subscriptions."""

    def due(self, now: datetime) -> Self:
        """Those that still run and whose month or trial has passed."""
        states = [SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE, SubscriptionState.CANCELLED]
        return self.filter(state__in=states, due_at__lte=now)


class Subscription(models.Model):
    """What an organisation bought and uses; its id is given by the order line that bought it."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    cycle = models.CharField(max_length=10, choices=_choices(Cycle))
    state = models.CharField(max_length=10, choices=_choices(SubscriptionState))
    price_minor = models.BigIntegerField()  # of one period, as agreed, after the bundle's discount
    currency = models.CharField(max_length=3)
    payment_method = models.CharField(max_length=20, default="card")
    payment_token = models.CharField(max_length=120, blank=True)
    anchor_at = models.DateTimeField()
    period_start_at = models.DateTimeField()
    period_end_at = models.DateTimeField(null=True)  # null: bought once, nothing renews
    due_at = models.DateTimeField(null=True)  # when the renewal job looks at it next
    trial_ends_at = models.DateTimeField(null=True)
    cancel_at_period_end = models.BooleanField(default=False)
    next_plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="+")
    next_cycle = models.CharField(max_length=10, choices=_choices(Cycle), blank=True)
    paused_by = models.JSONField(default=list)  # payments by invoice that were missed; nothing runs while there is one
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    given_back_at = models.DateTimeField(null=True)  # its money went back: it ends with its period and is not resumed
    label = models.CharField(max_length=80, blank=True)  # what its organisation calls what it bought

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation_id", "-created_at"], name="billing_sub_newest"),
            models.Index(fields=["due_at"], condition=~Q(state="ended"), name="billing_sub_due"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.state}"

    @property
    def name(self) -> str:
        """What it is called wherever its organisation reads of it."""
        return self.label or self.product.name


class UsageCounter(models.Model):
    """What was used of a metric in a month."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="counters")
    metric = models.CharField(max_length=60)
    period_start_at = models.DateTimeField()
    quantity_micros = models.BigIntegerField(default=0)
    paid_micros = models.BigIntegerField(default=0)  # of its price, in millionths of a major unit, taken from the wallet

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "metric", "period_start_at"], name="billing_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.quantity_micros}"


class UsageRecord(models.Model):
    """One use, counted once for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="usage", db_index=False)
    metric = models.CharField(max_length=60)
    event_id = models.CharField(max_length=200)
    quantity_micros = models.BigIntegerField()
    used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "metric", "event_id"], name="billing_usage_once")
        ]
        indexes: ClassVar = [models.Index(fields=["subscription", "metric", "used_at"], name="billing_usage_recent")]

    def __str__(self) -> str:
        return f"{self.metric} {self.event_id}"


class UsageAlert(models.Model):
    """A threshold that was crossed in a period, so that people are told once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="alerts")
    metric = models.CharField(max_length=60)
    period_start_at = models.DateTimeField()
    threshold = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "metric", "period_start_at", "threshold"], name="billing_alert_once")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.threshold} %"


class Charge(models.Model):
    """What a running subscription owes for one period: renewal, usage or upgrade; made once, charged until it is paid."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="charges")
    organisation_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=_choices(ChargeKind))
    state = models.CharField(max_length=10, choices=_choices(ChargeState), default=ChargeState.DUE)
    period_start_at = models.DateTimeField()
    period_end_at = models.DateTimeField()
    base_minor = models.BigIntegerField()
    overage_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    cycle = models.CharField(max_length=10, choices=_choices(Cycle))
    # Of a change of plan: what it changed from, and what was left of that; `base_minor` is what the new one costs less this.
    from_plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="+")
    from_cycle = models.CharField(max_length=10, choices=_choices(Cycle), blank=True)
    credit_minor = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription", "kind", "period_start_at"], condition=~Q(kind="upgrade"), name="billing_charge_once"
            ),
            models.CheckConstraint(condition=Q(base_minor__gte=0, overage_minor__gte=0), name="billing_charge_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation_id", "-created_at"], name="billing_charge_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_dropped(self) -> bool:
        """Whether it is a change of plan that was given up or not paid in time: money for it that comes later goes back."""
        return self.kind == ChargeKind.UPGRADE and self.state == ChargeState.VOID
