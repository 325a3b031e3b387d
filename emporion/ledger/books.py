"""Writes entries: accounts made on first use, postings first, then the transaction that closes them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from emporion.kernel.ids import new_id
from emporion.ledger import rules
from emporion.ledger.errors import KeyReused
from emporion.ledger.models import Account, Posting, Transaction
from emporion.ledger.types import AccountKind, AccountRef, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a transaction is stored under: its key and the digest of what the key stands for (by default, of the entry)."""

    key: str
    digest: str = ""
    reverses_id: UUID | None = None


def write(entry: Entry, stamp: Stamp, *, now: datetime) -> UUID:
    """Post an entry once for its key; a repeat with the same content returns the first transaction, other content is refused."""
    rules.check_entry(entry)
    stamp = replace(stamp, digest=stamp.digest or rules.entry_digest(entry))
    with transaction.atomic():
        first = posted_as(stamp)
        if first is not None:
            return first
        try:
            with transaction.atomic():
                return _insert(entry, stamp, now=now)
        except IntegrityError:
            first = posted_as(stamp)  # another session posted it between our look and our insert
            if first is None:
                raise
            return first


def posted_as(stamp: Stamp) -> UUID | None:
    """The transaction that a key stands for, if any; `KeyReused` when it stands for something else."""
    row = Transaction.objects.filter(key=stamp.key).values_list("id", "digest").first()
    if row is None:
        return None
    if row[1] != stamp.digest:
        raise KeyReused(key=stamp.key)
    return row[0]


def _insert(entry: Entry, stamp: Stamp, *, now: datetime) -> UUID:
    accounts = rows_of({line.account for line in entry.lines}, now=now)
    row = Transaction(id=new_id(), key=stamp.key, digest=stamp.digest, reverses_id=stamp.reverses_id, occurred_at=now)
    row.kind, row.cause_type, row.cause_id = entry.kind, entry.cause.type, entry.cause.id
    Posting.objects.bulk_create(
        Posting(
            transaction_id=row.id,
            account_id=accounts[line.account],
            currency=line.amount.currency,
            amount_minor=line.amount.minor,
        )
        for line in entry.lines
    )
    row.save(force_insert=True)
    return row.id


def rows_of(accounts: Iterable[AccountRef], *, now: datetime) -> dict[AccountRef, UUID]:
    """The ids of accounts, made where they are new; two sessions that make the same one end up with one row."""
    wanted = set(accounts)
    found = _select(wanted)
    missing = sorted(wanted - found.keys(), key=lambda ref: (ref.kind, ref.owner_id, ref.part, ref.currency))
    if not missing:
        return found
    # Conflicts come only from another session of PostgreSQL; SQLite, which would refuse them, has one writer at a time.
    Account.objects.bulk_create(
        (Account(kind=ref.kind, owner_id=ref.owner_id, part=ref.part, currency=ref.currency, created_at=now) for ref in missing),
        ignore_conflicts=True,
    )
    return _select(wanted)


def _select(accounts: set[AccountRef]) -> dict[AccountRef, UUID]:
    match = Q()
    for ref in accounts:
        match |= Q(kind=ref.kind, owner_id=ref.owner_id, part=ref.part, currency=ref.currency)
    rows = Account.objects.filter(match) if accounts else Account.objects.none()
    return {ref_of(row): row.id for row in rows}


def ref_of(account: Account) -> AccountRef:
    """The name of an account's row."""
    return AccountRef(kind=AccountKind(account.kind), owner_id=account.owner_id, part=account.part, currency=account.currency)
