"""Decides, without I/O, whether an entry balances, what a key stands for and which credit is spent first."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emporion.kernel.money import Money
from emporion.ledger.errors import AmountNotPositive, UnbalancedEntry
from emporion.ledger.types import AccountRef, Cause, Entry, Line


def check_entry(entry: Entry) -> None:
    """Refuse an entry that moves nothing or does not sum to zero in each of its currencies."""
    if len(entry.lines) < 2 or not all(line.amount for line in entry.lines):
        raise UnbalancedEntry(lines=len(entry.lines))
    sums: dict[str, int] = {}
    for line in entry.lines:
        if line.amount.currency != line.account.currency:
            raise UnbalancedEntry(account=line.account.currency, amount=line.amount.currency)
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.minor
    for currency, left_over in sums.items():
        if left_over:
            raise UnbalancedEntry(currency=currency, left_over_minor=left_over)


def taken_back(posted: Mapping[AccountRef, int], back: Mapping[AccountRef, int], kept: Money) -> tuple[Line, ...]:
    """The lines that leave no more than `kept` of what was posted, each account giving by its proportion of the whole.

    `posted` and `back` are sums of minor units by account: what was posted, and what was taken back of it before. Proportions
    are those of all that is given back so far, so that many small parts share no worse than one large one.
    """
    whole = sum(minor for minor in posted.values() if minor > 0)
    gone = Money(max(whole - kept.minor, 0), kept.currency)
    lines: list[Line] = []
    for sign in (1, -1):  # debits give as much as credits do, so that the entry balances
        side = {account: sign * minor for account, minor in posted.items() if sign * minor > 0}
        for account, share in zip(side, gone.allocate(tuple(side.values())) if side else (), strict=True):
            amount = Money(-sign * share.minor - back.get(account, 0), kept.currency)
            lines.append(Line(account=account, amount=amount))
    return tuple(line for line in lines if line.amount)


def check_positive(amount: Money) -> None:
    """Refuse to move nothing or less."""
    if amount.minor <= 0:
        raise AmountNotPositive(amount=str(amount))


def digest(*parts: object) -> str:
    """What a key stands for: equal contents have equal digests, whatever their time."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def entry_digest(entry: Entry) -> str:
    """The digest of an entry; the order of its lines does not matter."""
    lines = sorted(f"{_name(line.account)}:{line.amount.minor}" for line in entry.lines)
    return digest(entry.kind, entry.cause.type, entry.cause.id, *lines)


def _name(account: AccountRef) -> str:
    return f"{account.kind}:{account.owner_id}:{account.part}:{account.currency}"


def cause_digest(cause: Cause, *parts: object) -> str:
    """The digest of a movement that has a cause."""
    return digest(cause.type, cause.id, *parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pot:
    """An account of a wallet and what it holds in minor units."""

    account: AccountRef
    minor: int


def draw(pots: Sequence[Pot], amount: Money) -> tuple[Line, ...] | None:
    """Debits that take an amount from pots in their order, or `None` when they hold less."""
    lines: list[Line] = []
    left = amount.minor
    for pot in pots:
        taken = min(left, max(pot.minor, 0))
        if taken:
            lines.append(Line(account=pot.account, amount=Money(taken, amount.currency)))
        left -= taken
    return tuple(lines) if not left else None


def whole_minor(micros: int, currency: str) -> int:
    """How many whole minor units are in some micro-units."""
    return micros // Money(1, currency).micros


def started_minor(micros: int, currency: str) -> int:
    """How many minor units some micro-units have at least begun."""
    return -(-micros // Money(1, currency).micros)
