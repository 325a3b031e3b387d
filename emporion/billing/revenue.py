"""Posts what was sold: the buyer owes the whole, each seller gets a share, the platform its fee; the parts sum to the whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from emporion.billing.types import Sale, SalePart
from emporion.kernel.money import Money, total
from emporion.ledger.actions import post
from emporion.ledger.types import AccountKind, AccountRef, Cause, Entry, credit, debit


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
