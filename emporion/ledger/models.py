"""Tables of the ledger; `migrations/0002_guards` makes the database refuse what would break them.

Postings are inserted first and their transaction last: the insert of the transaction closes it and is where the database
checks the sums. The foreign key from posting to transaction is deferred, so a commit without a transaction is refused too.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from emporion.kernel.ids import new_id
from emporion.ledger.types import PLATFORM, AccountKind

LOW_BALANCE_MICROS = 5_000_000


class Account(models.Model):
    """One pot in one currency; `owner_id` is an organisation, a seller or the platform."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in AccountKind])
    owner_id = models.UUIDField(default=PLATFORM)
    part = models.CharField(max_length=64, default="", blank=True)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_id", "kind", "part", "currency"], name="ledger_account_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.part} {self.currency}"


class Transaction(models.Model):
    """What was posted as one; inserted after its postings, which closes it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=200, unique=True)
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    cause_type = models.CharField(max_length=60)
    cause_id = models.UUIDField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    occurred_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cause_type", "cause_id"], name="ledger_transaction_cause")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Posting(models.Model):
    """One line: positive debits, negative credits."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_posting_moves")]
        # Covers both sums (account, amount) and, by the time in the id, the newest entries of an account.
        indexes: ClassVar = [
            models.Index(fields=["account", "amount_minor"], name="ledger_posting_balance"),
            models.Index(fields=["account", "-id"], name="ledger_posting_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class Wallet(models.Model):
    """The row that spending locks; what it holds is derived from the ledger."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    low_balance_micros = models.BigIntegerField(default=LOW_BALANCE_MICROS)
    is_low = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation_id", "currency"], name="ledger_wallet_once"),
            models.CheckConstraint(condition=Q(low_balance_micros__gte=0), name="ledger_wallet_alert_not_negative"),
        ]

    def __str__(self) -> str:
        return f"wallet {self.organisation_id} {self.currency}"


class WalletMeter(models.Model):
    """Usage below one minor unit that waits to be posted to one receiving account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="meters")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    unposted_micros = models.BigIntegerField(default=0)
    total_micros = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wallet", "account"], name="ledger_meter_once"),
            models.CheckConstraint(condition=Q(unposted_micros__gte=0), name="ledger_meter_not_negative"),
        ]

    def __str__(self) -> str:
        return f"meter {self.unposted_micros}"


class MeterReading(models.Model):
    """One metered use, kept so that every posted cent opens down to its causes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    meter = models.ForeignKey(WalletMeter, on_delete=models.PROTECT, related_name="readings")
    key = models.CharField(max_length=200, unique=True)
    digest = models.CharField(max_length=64)
    micros = models.BigIntegerField()
    cause_type = models.CharField(max_length=60)
    cause_id = models.UUIDField()
    transaction = models.ForeignKey(Transaction, null=True, on_delete=models.PROTECT, related_name="readings")
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(micros__gt=0), name="ledger_reading_positive")]

    def __str__(self) -> str:
        return f"{self.micros} micros"


class PromotionalGrant(models.Model):
    """Credits given away until a moment; what is left is the balance of the grant's own account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="grants")
    key = models.CharField(max_length=200, unique=True)
    digest = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    expires_at = models.DateTimeField()
    expired_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], condition=Q(expired_at=None), name="ledger_grant_open")]

    def __str__(self) -> str:
        return f"grant {self.amount_minor}"
