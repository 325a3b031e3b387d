"""Verbs of the ledger: post, reverse and take back entries, fill and spend wallets; each is idempotent by its key, for ever."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from emporion.kernel.errors import NotFound
from emporion.kernel.money import Money
from emporion.ledger import books, rules, wallets
from emporion.ledger.models import Account, Posting, Transaction
from emporion.ledger.types import AccountRef, Cause, Entry, Kept, Line
from emporion.ledger.wallets import (
    expire_credit,
    grant_credit,
    meter,
    return_to_wallet,
    spend,
    top_up,
)
from emporion.plumbing.types import Actor, Permission

__all__ = [
    "expire_credit",
    "grant_credit",
    "meter",
    "post",
    "return_to_wallet",
    "reverse",
    "set_low_balance",
    "spend",
    "take_back",
    "top_up",
]
TAKEN_BACK = "taken_back"


def post(*, entry: Entry, key: str, now: datetime) -> UUID:
    """Post an entry and return its transaction; a repeat of the key with the same content returns the first one.

    Raises `UnbalancedEntry`, or `KeyReused` when the key stands for something else.
    """
    return books.write(entry, books.Stamp(key=key), now=now)


def reverse(*, transaction_id: UUID, cause: Cause, key: str, now: datetime) -> UUID:
    """Post the opposite of a transaction, once; the reversal refers to its original."""
    with transaction.atomic():
        original = Transaction.objects.filter(pk=transaction_id).first()
        if original is None:
            raise NotFound(transaction_id=str(transaction_id))
        postings = Posting.objects.filter(transaction=original).select_related("account").order_by("id")
        lines = tuple(
            Line(account=books.ref_of(posting.account), amount=Money(-posting.amount_minor, posting.currency))
            for posting in postings
        )
        entry = Entry(kind=f"{original.kind}.reversal"[:40], cause=cause, lines=lines)
        return books.write(entry, books.Stamp(key=key, reverses_id=original.id), now=now)


def take_back(*, kept: Kept, key: str, now: datetime) -> UUID | None:
    """Take back what was posted for a cause beyond what is kept of it, by the proportion in which it was shared.

    Posts once for the key; `None` where nothing was posted for the cause, or no more is to be taken back.
    """
    cause = kept.cause
    with transaction.atomic():
        rows = Transaction.objects.filter(cause_type=cause.type, cause_id=cause.id)
        for row in rows.select_for_update().order_by("id"):  # two refunds at one moment see each other
            if row.key == key:
                return row.id
        posted = _sums(Posting.objects.filter(transaction__in=rows.exclude(kind=TAKEN_BACK)), kept.amount.currency)
        back = _sums(Posting.objects.filter(transaction__in=rows.filter(kind=TAKEN_BACK)), kept.amount.currency)
        lines = rules.taken_back(posted, back, kept.amount)
        return books.write(Entry(kind=TAKEN_BACK, cause=cause, lines=lines), books.Stamp(key=key), now=now) if lines else None


def _sums(rows: QuerySet[Posting], currency: str) -> dict[AccountRef, int]:
    by_account = rows.filter(currency=currency).values_list("account").annotate(sum=Sum("amount_minor")).order_by()
    sums = dict(by_account)
    accounts = Account.objects.filter(pk__in=sums).order_by("kind", "owner_id", "part")  # so that a tie is always broken alike
    return {books.ref_of(row): sums[row.id] for row in accounts}


def set_low_balance(*, threshold: Money, actor: Actor, now: datetime) -> None:
    """Be told when the wallet of the actor's organisation falls to this amount; zero turns the alert off."""
    actor.require(Permission.MANAGE_BILLING)
    wallets.set_threshold(actor.organisation, threshold, now=now)
