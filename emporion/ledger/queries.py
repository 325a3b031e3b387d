"""What the ledger answers: balances are sums of postings, and every posting names its cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from emporion.kernel.money import Money
from emporion.ledger import books, wallets
from emporion.ledger.models import LOW_BALANCE_MICROS, Account, MeterReading, Posting, Transaction, Wallet
from emporion.ledger.types import (
    NORMAL_SIDE,
    AccountBalance,
    AccountKind,
    AccountRef,
    Cause,
    EntryView,
    Side,
    WalletView,
)
from emporion.plumbing.types import Actor, Permission


def balance(account: AccountRef) -> Money:
    """What an account holds, positive on its normal side; nothing for one that was never posted to."""
    rows = Posting.objects.filter(
        account__owner_id=account.owner_id,
        account__kind=account.kind,
        account__part=account.part,
        account__currency=account.currency,
    )
    total = rows.aggregate(total=Sum("amount_minor"))["total"] or 0
    return _on_normal_side(account, int(total))


def balances(actor: Actor) -> tuple[AccountBalance, ...]:
    """Every account of the actor's organisation and what it holds."""
    actor.require(Permission.VIEW)
    return balances_of(actor.organisation)


def balances_of(owner_id: UUID) -> tuple[AccountBalance, ...]:
    """Every account of an owner (an organisation, a seller, `PLATFORM`) for reports and reconciliation."""
    accounts = Account.objects.filter(owner_id=owner_id).annotate(total=Sum("postings__amount_minor"))
    return tuple(
        AccountBalance(account=books.ref_of(row), balance=_on_normal_side(books.ref_of(row), int(row.total or 0)))
        for row in accounts.order_by("kind", "part", "currency")
    )


def entries_of(actor: Actor, *, kinds: Iterable[AccountKind] = (), limit: int = 50) -> tuple[EntryView, ...]:
    """The newest postings to accounts of the actor's organisation, of some kinds or of all, each with its cause."""
    actor.require(Permission.VIEW)
    rows = Posting.objects.filter(account__owner_id=actor.organisation)
    wanted = tuple(kinds)
    if wanted:
        rows = rows.filter(account__kind__in=wanted)
    return tuple(_entry(row) for row in rows.select_related("account", "transaction").order_by("-id")[:limit])


def entries_for(cause: Cause) -> tuple[EntryView, ...]:
    """Every posting that an order, payment or reading caused, in the order of posting."""
    rows = Posting.objects.filter(transaction__cause_type=cause.type, transaction__cause_id=cause.id)
    return tuple(_entry(row) for row in rows.select_related("account", "transaction").order_by("id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One metered use of a wallet; `transaction_id` is the posting that it went into, once whole minor units added up."""

    cause: Cause
    micros: int
    transaction_id: UUID | None
    read_at: datetime


def readings_in(actor: Actor, transaction_id: UUID) -> tuple[Reading, ...]:
    """The uses that a posting of usage consists of, for the wallet's own organisation.

    The last one may also have left a rest of under one minor unit for the next posting.
    """
    actor.require(Permission.VIEW)
    rows = MeterReading.objects.filter(transaction_id=transaction_id, meter__wallet__organisation_id=actor.organisation)
    return tuple(
        Reading(
            cause=Cause(type=row.cause_type, id=row.cause_id),
            micros=row.micros,
            transaction_id=row.transaction_id,
            read_at=row.read_at,
        )
        for row in rows.order_by("id")
    )


def wallet_of(actor: Actor, currency: str = "USD", *, now: datetime) -> WalletView:
    """The wallet of the actor's organisation; an empty one where none was opened yet."""
    actor.require(Permission.VIEW)
    wallet = Wallet.objects.filter(organisation_id=actor.organisation, currency=currency).first()
    if wallet is None:
        return _empty(actor.organisation, currency)
    open_now = [grant for grant in wallets.open_grants(wallet) if grant.expires_at > now]
    holding = wallets.look(wallet)
    spendable = {wallets.promotion_account(wallet, grant.id) for grant in open_now}
    purchased = sum(pot.minor for pot in holding.pots if pot.account.kind is AccountKind.WALLET)
    promotional = sum(pot.minor for pot in holding.pots if pot.account in spendable)
    unit = Money(1, currency).micros
    return WalletView(
        organisation_id=wallet.organisation_id,
        currency=currency,
        available_micros=max((purchased + promotional) * unit - holding.unposted_micros, 0),
        purchased=Money(purchased, currency),
        promotional=Money(promotional, currency),
        promotional_expires_at=open_now[0].expires_at if open_now and promotional else None,
        low_balance=Money(wallet.low_balance_micros // unit, currency),
        is_low=wallet.is_low,
    )


def _empty(organisation_id: UUID, currency: str) -> WalletView:
    nothing = Money.zero(currency)
    return WalletView(
        organisation_id=organisation_id,
        currency=currency,
        available_micros=0,
        purchased=nothing,
        promotional=nothing,
        promotional_expires_at=None,
        low_balance=Money(LOW_BALANCE_MICROS // Money(1, currency).micros, currency),
        is_low=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in the books that the database should have made impossible."""

    what: str
    transaction_id: UUID


def faults() -> tuple[Fault, ...]:
    """Transactions that do not balance and postings without a transaction: always empty unless the guards were taken away."""
    unbalanced = (
        Posting.objects.values("transaction_id", "currency").annotate(total=Sum("amount_minor")).exclude(total=0).order_by()
    )
    closed = Transaction.objects.filter(pk=OuterRef("transaction_id"))
    orphans = Posting.objects.filter(~Exists(closed)).values_list("transaction_id", flat=True).distinct()
    found = [Fault(what="unbalanced", transaction_id=row["transaction_id"]) for row in unbalanced]
    return (*found, *(Fault(what="orphan", transaction_id=row) for row in orphans))


def _entry(row: Posting) -> EntryView:
    account = books.ref_of(row.account)
    return EntryView(
        transaction_id=row.transaction_id,
        kind=row.transaction.kind,
        cause=Cause(type=row.transaction.cause_type, id=row.transaction.cause_id),
        account=account,
        amount=_on_normal_side(account, row.amount_minor),
        occurred_at=row.transaction.occurred_at,
    )


def _on_normal_side(account: AccountRef, signed_minor: int) -> Money:
    sign = 1 if NORMAL_SIDE[account.kind] is Side.DEBIT else -1
    return Money(sign * signed_minor, account.currency)
