"""Verbs of the ledger: post and reverse entries, fill and spend wallets; each is idempotent by its key, for ever."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.kernel.errors import NotFound
from emporion.kernel.money import Money
from emporion.ledger import books, wallets
from emporion.ledger.models import Posting, Transaction
from emporion.ledger.types import Cause, Entry, Line
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
    "top_up",
]


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


def set_low_balance(*, threshold: Money, actor: Actor, now: datetime) -> None:
    """Be told when the wallet of the actor's organisation falls to this amount; zero turns the alert off."""
    actor.require(Permission.MANAGE_BILLING)
    wallets.set_threshold(actor.organisation, threshold, now=now)
