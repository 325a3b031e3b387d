"""The words of the ledger: accounts by kind, entries of lines that sum to zero, and what a wallet shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from emporion.kernel.money import Money

PLATFORM = UUID(int=0)  # the owner of accounts that belong to the platform itself


class Side(StrEnum):
    """Where an account grows: a line with a positive amount is a debit, with a negative amount a credit."""

    DEBIT = "debit"
    CREDIT = "credit"


class AccountKind(StrEnum):
    """What an account counts; `NORMAL_SIDE` says where it grows."""

    CUSTOMER_RECEIVABLE = "customer_receivable"  # owed by an organisation for what it bought
    PROVIDER_CASH = "provider_cash"  # cash held for us by a payment provider; `part` names it
    BANK = "bank"  # cash in our own bank account
    WALLET = "wallet"  # credits that an organisation bought and has not used
    PROMOTIONAL_CREDIT = "promotional_credit"  # credits given away; `part` is the id of the grant
    CUSTOMER_CREDIT = "customer_credit"  # owed back to an organisation, taken off its next invoice
    SELLER_PAYABLE = (
        "seller_payable"  # a seller's share, not yet paid out; below zero the seller owes it: paid out, then given back
    )
    TAX_PAYABLE = "tax_payable"  # tax collected for a country; `part` names it
    DEFERRED_REVENUE = "deferred_revenue"  # paid for a period that has not passed
    PLATFORM_REVENUE = "platform_revenue"  # what the platform itself sold
    PLATFORM_FEE = "platform_fee"  # the platform's share of what sellers sold
    REFUNDS = "refunds"  # sales given back
    PROMOTION_EXPENSE = "promotion_expense"  # the cost of credits given away
    PROVIDER_FEE = "provider_fee"  # what payment providers charge us
    BAD_DEBT = "bad_debt"  # receivables given up


_DEBIT_KINDS = frozenset(
    {
        AccountKind.CUSTOMER_RECEIVABLE,
        AccountKind.PROVIDER_CASH,
        AccountKind.BANK,
        AccountKind.REFUNDS,
        AccountKind.PROMOTION_EXPENSE,
        AccountKind.PROVIDER_FEE,
        AccountKind.BAD_DEBT,
    }
)
NORMAL_SIDE: Mapping[AccountKind, Side] = {kind: Side.DEBIT if kind in _DEBIT_KINDS else Side.CREDIT for kind in AccountKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """Names an account; the row is made when it is first posted to."""

    kind: AccountKind
    currency: str
    owner_id: UUID = PLATFORM
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why money moved: the type and id of an order, payment, refund, usage record."""

    type: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One side of an entry: a positive amount debits the account, a negative one credits it."""

    account: AccountRef
    amount: Money


def debit(account: AccountRef, amount: Money) -> Line:
    """A line that adds to a debit account (cash, receivable) and takes from a credit account."""
    return Line(account=account, amount=amount)


def credit(account: AccountRef, amount: Money) -> Line:
    """A line that adds to a credit account (wallet, payable, revenue) and takes from a debit account."""
    return Line(account=account, amount=-amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is posted as one: two lines or more that sum to zero in every currency; `kind` says what happened ("sale")."""

    kind: str
    cause: Cause
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much of what was posted for a cause still stands, in one currency: the rest of it was given back."""

    cause: Cause
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One posting with its cause; `amount` is positive where it adds to the account on its normal side."""

    transaction_id: UUID
    kind: str
    cause: Cause
    account: AccountRef
    amount: Money
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """An account and what it holds, positive on its normal side."""

    account: AccountRef
    balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletCharge:
    """What to take from a wallet, for what, and which account receives it (by default: pays the organisation's debt)."""

    organisation_id: UUID
    amount: Money
    cause: Cause
    to: AccountRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletUsage:
    """Usage to take from a wallet in millionths of a major unit ($0.008 = 8000), posted as soon as whole minor units add up.

    `to` is the account that receives it, by default the platform's revenue.
    """

    organisation_id: UUID
    micros: int
    currency: str
    cause: Cause
    to: AccountRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditGrant:
    """Credits to give away; what is not used by `expires_at` falls back."""

    organisation_id: UUID
    amount: Money
    cause: Cause
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletView:
    """What a wallet holds now; `available_micros` counts bought and promotional credit less usage not yet posted."""

    organisation_id: UUID
    currency: str
    available_micros: int
    purchased: Money
    promotional: Money
    promotional_expires_at: datetime | None
    low_balance: Money
    is_low: bool

    @property
    def available(self) -> Money:
        """The available amount in whole minor units, rounded down: never promises what is not there."""
        return Money(self.available_micros // Money(1, self.currency).micros, self.currency)
