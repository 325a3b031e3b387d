"""Wallets: bought and promotional credit of an organisation, spent under a lock so that it is never overdrawn.

A wallet's balance is the balance of its ledger accounts less usage of under one minor unit that waits in its meters.
Promotional credit is spent first, what expires soonest first of all.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import books, rules
from emporion.ledger.errors import AmountNotPositive, CurrencyMismatch, InsufficientCredit, KeyReused
from emporion.ledger.events import WalletFilled, WalletLow
from emporion.ledger.models import MeterReading, Posting, PromotionalGrant, Transaction, Wallet, WalletMeter
from emporion.ledger.rules import Pot
from emporion.ledger.types import (
    AccountKind,
    AccountRef,
    Cause,
    CreditGrant,
    Entry,
    Line,
    WalletCharge,
    WalletUsage,
    credit,
    debit,
)
from emporion.plumbing.actions import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a locked wallet holds: its pots in the order of spending and the usage not yet posted."""

    pots: tuple[Pot, ...]
    unposted_micros: int
    currency: str

    @property
    def micros(self) -> int:
        """What can be spent."""
        return sum(pot.minor for pot in self.pots) * Money(1, self.currency).micros - self.unposted_micros


def top_up(*, charge: WalletCharge, key: str, now: datetime) -> UUID:
    """Add bought credit; `charge.to` is the account that pays for it, by default the organisation's receivable."""
    return _fill("wallet.top_up", charge, key=key, now=now)


def return_to_wallet(*, charge: WalletCharge, key: str, now: datetime) -> UUID:
    """Give back what was paid from a wallet, as bought credit."""
    return _fill("wallet.return", charge, key=key, now=now)


def spend(*, charge: WalletCharge, key: str, now: datetime) -> UUID:
    """Take an amount from the wallet, once for its key; `InsufficientCredit` leaves everything as it was."""
    rules.check_positive(charge.amount)
    with transaction.atomic():
        wallet = lock(charge.organisation_id, charge.amount.currency, now=now)
        stamp = _stamp("wallet.spend", charge, key)
        first = books.posted_as(stamp)
        if first is not None:
            return first
        holding = held(wallet, now=now)
        if holding.micros < charge.amount.micros:
            raise _insufficient(holding, charge.amount.micros)
        entry = Entry(kind="wallet.spend", cause=charge.cause, lines=_payment(holding, charge))
        posted = books.write(entry, stamp, now=now)
        _watch(wallet, now=now)
        return posted


def meter(*, usage: WalletUsage, key: str, now: datetime) -> int:
    """Take usage in micro-units from the wallet, once for its key; returns what is available afterwards, in micro-units.

    Whole minor units are posted to the ledger as they add up; every posting opens down to its readings.
    """
    if usage.micros <= 0:
        raise AmountNotPositive(micros=usage.micros)
    receiver = usage.to or AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency=usage.currency)
    if receiver.currency != usage.currency:
        raise CurrencyMismatch(account=receiver.currency, usage=usage.currency)
    digest = rules.cause_digest(usage.cause, usage.organisation_id, usage.micros, receiver)
    with transaction.atomic():
        wallet = lock(usage.organisation_id, usage.currency, now=now)
        holding = held(wallet, now=now)
        if _is_repeat(MeterReading, key, digest):
            return holding.micros
        if holding.micros < usage.micros:
            raise _insufficient(holding, usage.micros)
        account_id = books.rows_of([receiver], now=now)[receiver]
        row, _ = WalletMeter.objects.get_or_create(wallet=wallet, account_id=account_id)
        reading = MeterReading(meter=row, key=key, digest=digest, micros=usage.micros, read_at=now)
        reading.cause_type, reading.cause_id = usage.cause.type, usage.cause.id
        reading.save(force_insert=True)
        row.unposted_micros += usage.micros
        row.total_micros += usage.micros
        _post_whole_units(row, holding, replace(usage, to=receiver), reading_id=reading.id, now=now)
        return _watch(wallet, now=now)


def _post_whole_units(row: WalletMeter, holding: Holding, usage: WalletUsage, *, reading_id: UUID, now: datetime) -> None:
    minor = rules.whole_minor(row.unposted_micros, usage.currency)
    if minor:
        amount = Money(minor, usage.currency)
        cause = Cause(type="ledger.meter_reading", id=reading_id)
        charge = WalletCharge(organisation_id=usage.organisation_id, amount=amount, cause=cause, to=usage.to)
        entry = Entry(kind="wallet.usage", cause=cause, lines=_payment(holding, charge))
        posted = books.write(entry, books.Stamp(key=f"meter:{reading_id}"), now=now)
        MeterReading.objects.filter(meter=row, transaction=None).update(transaction_id=posted)
        row.unposted_micros -= amount.micros
    row.save(update_fields=["unposted_micros", "total_micros"])


def grant_credit(*, grant: CreditGrant, key: str, now: datetime) -> UUID:
    """Give credit away until a moment; the platform bears the cost, and gets back what is not used by then."""
    rules.check_positive(grant.amount)
    digest = rules.cause_digest(grant.cause, grant.organisation_id, grant.amount, grant.expires_at.isoformat())
    currency = grant.amount.currency
    with transaction.atomic():
        wallet = lock(grant.organisation_id, currency, now=now)
        if _is_repeat(PromotionalGrant, key, digest):
            return PromotionalGrant.objects.values_list("id", flat=True).get(key=key)
        row = PromotionalGrant(id=new_id(), wallet=wallet, key=key, digest=digest)
        row.amount_minor, row.expires_at = grant.amount.minor, grant.expires_at
        row.save(force_insert=True)
        lines = (
            debit(AccountRef(kind=AccountKind.PROMOTION_EXPENSE, currency=currency), grant.amount),
            credit(promotion_account(wallet, row.id), grant.amount),
        )
        entry = Entry(kind="wallet.grant", cause=grant.cause, lines=lines)
        books.write(entry, books.Stamp(key=f"grant:{row.id}"), now=now)
        _filled(wallet, grant.amount, now=now)
        return row.id


def expire_credit(*, now: datetime) -> int:
    """Take back promotional credit whose time is over; returns how many grants ended."""
    wallets = Wallet.objects.filter(grants__expired_at=None, grants__expires_at__lte=now).distinct()
    ended = 0
    for wallet_id in list(wallets.values_list("id", flat=True)):
        with transaction.atomic():
            wallet = Wallet.objects.select_for_update().get(pk=wallet_id)
            ended += _expire(wallet, now=now)
            _watch(wallet, now=now)
    return ended


def set_threshold(organisation_id: UUID, threshold: Money, *, now: datetime) -> None:
    """Change the amount at which a wallet counts as low."""
    if threshold.minor < 0:
        raise AmountNotPositive(amount=str(threshold))
    with transaction.atomic():
        wallet = lock(organisation_id, threshold.currency, now=now)
        wallet.low_balance_micros = threshold.micros
        wallet.save(update_fields=["low_balance_micros"])
        _watch(wallet, now=now)


def lock(organisation_id: UUID, currency: str, *, now: datetime) -> Wallet:
    """The wallet's row, made on first use and locked until the transaction ends."""
    Money.zero(currency)
    Wallet.objects.get_or_create(organisation_id=organisation_id, currency=currency, defaults={"created_at": now})
    return Wallet.objects.select_for_update().get(organisation_id=organisation_id, currency=currency)


def held(wallet: Wallet, *, now: datetime) -> Holding:
    """What a locked wallet holds, after what has expired fell back."""
    _expire(wallet, now=now)
    return look(wallet)


def look(wallet: Wallet) -> Holding:
    """What a wallet holds, promotional credit first."""
    grants = [promotion_account(wallet, grant.id) for grant in open_grants(wallet)]
    accounts = [*grants, purchase_account(wallet)]
    sums = (
        Posting.objects.filter(
            account__owner_id=wallet.organisation_id,
            account__kind__in=[AccountKind.WALLET, AccountKind.PROMOTIONAL_CREDIT],
            account__currency=wallet.currency,
        )
        .values_list("account__kind", "account__part")
        .annotate(minor=Sum("amount_minor"))
    )
    minor = {(kind, part): -total for kind, part, total in sums}
    pots = tuple(Pot(account=account, minor=minor.get((account.kind, account.part), 0)) for account in accounts)
    unposted = WalletMeter.objects.filter(wallet=wallet).aggregate(total=Sum("unposted_micros"))["total"] or 0
    return Holding(pots=pots, unposted_micros=unposted, currency=wallet.currency)


def open_grants(wallet: Wallet) -> list[PromotionalGrant]:
    """The grants that have not fallen back, what expires soonest first."""
    return list(wallet.grants.filter(expired_at=None).order_by("expires_at", "id"))


def purchase_account(wallet: Wallet) -> AccountRef:
    """The account of bought credit."""
    return AccountRef(kind=AccountKind.WALLET, owner_id=wallet.organisation_id, currency=wallet.currency)


def promotion_account(wallet: Wallet, grant_id: UUID) -> AccountRef:
    """The account of one grant."""
    return AccountRef(
        kind=AccountKind.PROMOTIONAL_CREDIT, owner_id=wallet.organisation_id, currency=wallet.currency, part=grant_id.hex
    )


def _fill(kind: str, charge: WalletCharge, *, key: str, now: datetime) -> UUID:
    rules.check_positive(charge.amount)
    with transaction.atomic():
        wallet = lock(charge.organisation_id, charge.amount.currency, now=now)
        stamp = _stamp(kind, charge, key)
        first = books.posted_as(stamp)
        if first is not None:
            return first
        lines = (debit(_other_side(charge), charge.amount), credit(purchase_account(wallet), charge.amount))
        posted = books.write(Entry(kind=kind, cause=charge.cause, lines=lines), stamp, now=now)
        _filled(wallet, charge.amount, now=now)
        return posted


def _stamp(kind: str, charge: WalletCharge, key: str) -> books.Stamp:
    """The key stands for the charge, not for the lines: from which pots it was paid depends on the day."""
    digest = rules.cause_digest(charge.cause, kind, charge.organisation_id, charge.amount.minor, _other_side(charge))
    return books.Stamp(key=key, digest=digest)


def _other_side(charge: WalletCharge) -> AccountRef:
    if charge.to is None:
        currency = charge.amount.currency
        return AccountRef(kind=AccountKind.CUSTOMER_RECEIVABLE, owner_id=charge.organisation_id, currency=currency)
    if charge.to.currency != charge.amount.currency:
        raise CurrencyMismatch(account=charge.to.currency, amount=charge.amount.currency)
    return charge.to


def _payment(holding: Holding, charge: WalletCharge) -> tuple[Line, ...]:
    taken = rules.draw(holding.pots, charge.amount)
    if taken is None:
        raise _insufficient(holding, charge.amount.micros)
    return (*taken, credit(_other_side(charge), charge.amount))


def _insufficient(holding: Holding, asked_micros: int) -> InsufficientCredit:
    return InsufficientCredit(available_micros=holding.micros, asked_micros=asked_micros, currency=holding.currency)


def _is_repeat(table: type[MeterReading] | type[PromotionalGrant], key: str, digest: str) -> bool:
    first = table.objects.filter(key=key).values_list("digest", flat=True).first()
    if first is not None and first != digest:
        raise KeyReused(key=key)
    return first is not None


def _expire(wallet: Wallet, *, now: datetime) -> int:
    """Take back what expired, but not what usage waiting in a meter has already claimed: that ends when it is posted."""
    over = [grant for grant in open_grants(wallet) if grant.expires_at <= now]
    if not over:
        return 0
    holding = look(wallet)
    left_in = {pot.account: pot.minor for pot in holding.pots}
    claimed = rules.started_minor(holding.unposted_micros, wallet.currency)
    for grant in over:
        account = promotion_account(wallet, grant.id)
        kept = min(left_in[account], claimed)
        free = left_in[account] - kept
        claimed -= kept
        if free:
            _take_back(grant, account, Money(free, wallet.currency), now=now)
        if not kept:
            grant.expired_at = now
            grant.save(update_fields=["expired_at"])
    return sum(grant.expired_at is not None for grant in over)


def _take_back(grant: PromotionalGrant, account: AccountRef, amount: Money, *, now: datetime) -> None:
    expense = AccountRef(kind=AccountKind.PROMOTION_EXPENSE, currency=amount.currency)
    cause = Cause(type="ledger.grant", id=grant.id)
    entry = Entry(kind="wallet.expiry", cause=cause, lines=(debit(account, amount), credit(expense, amount)))
    parts = Transaction.objects.filter(cause_type=cause.type, cause_id=cause.id).count()
    books.write(entry, books.Stamp(key=f"grant:{grant.id}:expiry:{parts}"), now=now)


def _filled(wallet: Wallet, amount: Money, *, now: datetime) -> None:
    micros = look(wallet).micros
    wallet.is_low = micros <= wallet.low_balance_micros and wallet.low_balance_micros > 0
    wallet.save(update_fields=["is_low"])
    filled = WalletFilled(
        organisation_id=wallet.organisation_id, currency=wallet.currency, amount_minor=amount.minor, available_micros=micros
    )
    publish(filled, now=now)


def _watch(wallet: Wallet, *, now: datetime) -> int:
    """Tell once that the wallet has fallen to its threshold; returns what is available."""
    micros = look(wallet).micros
    low = micros <= wallet.low_balance_micros and wallet.low_balance_micros > 0
    if low and not wallet.is_low:
        publish(
            WalletLow(
                organisation_id=wallet.organisation_id,
                currency=wallet.currency,
                available_micros=micros,
                threshold_micros=wallet.low_balance_micros,
            ),
            now=now,
        )
    if low != wallet.is_low:
        wallet.is_low = low
        wallet.save(update_fields=["is_low"])
    return micros
