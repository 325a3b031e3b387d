"""Posts what was sold: the buyer owes the whole, each seller gets a share, the platform its fee; the parts sum to the whole.

What is given back to the buyer is taken back from each of them, by the same proportion.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from emporion.billing.types import Sale, SalePart
from emporion.kernel.money import Money, total
from emporion.ledger.actions import post, take_back
from emporion.ledger.types import AccountKind, AccountRef, Cause, Entry, Kept, credit, debit
from emporion.payments import queries as payments
from emporion.plumbing.types import Actor


def credits_of(parts: Sequence[SalePart]) -> Mapping[AccountRef, Money]:
    """Which account gets what: sellers their share, the platform its fee, or all of what it sold itself."""
    owed: dict[AccountRef, Money] = {}
    for part in parts:
        currency = part.amount.currency
        if part.provider_id is None:
            split = [(AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency=currency), part.amount)]
        else:
            theirs, fee = part.amount.allocate((part.provider_percent, 100 - part.provider_percent))
            seller = AccountRef(kind=AccountKind.SELLER_PAYABLE, owner_id=part.provider_id, currency=currency)
            split = [(seller, theirs), (AccountRef(kind=AccountKind.PLATFORM_FEE, currency=currency), fee)]
        for account, amount in split:
            owed[account] = owed.get(account, Money.zero(currency)) + amount
    return {account: amount for account, amount in owed.items() if amount}


def post_sale(*, sale: Sale, key: str, now: datetime) -> None:
    """Post a sale once for its key; nothing is posted for what costs nothing."""
    currency = sale.parts[0].amount.currency
    whole = total((part.amount for part in sale.parts), currency)
    if not whole:
        return
    owner = sale.organisation_id
    payer = sale.paid_from or AccountRef(kind=AccountKind.CUSTOMER_RECEIVABLE, owner_id=owner, currency=currency)
    lines = (debit(payer, whole), *(credit(account, amount) for account, amount in credits_of(sale.parts).items()))
    cause = Cause(type=sale.cause_type, id=sale.cause_id)
    post(entry=Entry(kind=sale.kind, cause=cause, lines=lines), key=key, now=now)
    take_back_shares(cause, owner, key=f"{key}:back", now=now)  # the refund may have been told of before the sale


def take_back_shares(cause: Cause, organisation_id: UUID, *, key: str, now: datetime) -> None:
    """Take back from the sellers and the platform what of a sale's payments went back to the buyer, once for the key.

    Money that was paid twice and goes back leaves the sale as it is.
    """
    attempts = payments.payments_for(Actor.system(organisation_id), cause_type=cause.type, cause_id=cause.id)
    for currency in sorted({one.amount.currency for one in attempts if one.refunded}):
        kept = total((one.kept for one in attempts if one.amount.currency == currency), currency)
        take_back(kept=Kept(cause=cause, amount=kept), key=f"{key}:{currency}", now=now)
