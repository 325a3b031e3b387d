"""Decides without I/O: which order follows from a quote, who gets which share, and where an order goes from a payment's state."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.checkout.types import OrderState, PurchaseRequest
from emporion.kernel.money import Money
from emporion.payments.types import PaymentState

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 O 1 I: people read it over the phone


def digest(purchase: PurchaseRequest) -> str:
    """What the key stands for: what is bought and where it goes, not how it is paid."""
    selection = purchase.selection
    text = f"{selection.plan_id}|{selection.cycle}|{selection.bundle}|{purchase.place.project_id or ''}"
    return hashlib.sha256(text.encode()).hexdigest()


def order_number(order_id: UUID) -> str:
    """A number that people can read out, made from the random part of the id: "EM-7K2M-Q4XR"."""
    bits, letters = order_id.int & ((1 << 40) - 1), ""
    for _ in range(8):
        bits, index = divmod(bits, 32)
        letters += _ALPHABET[index]
    return f"EM-{letters[:4]}-{letters[4:]}"


def receipt_number(series: int, at: datetime) -> str:
    """The number of a receipt: the year it was issued in and the place in the one series."""
    return f"R-{at.year}-{series:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One line's money: who sold it (`None`: the platform itself) and which percentage of it is theirs."""

    provider_id: UUID | None
    provider_percent: int
    amount: Money


def shares(sales: Sequence[Sale]) -> Mapping[UUID | None, Money]:
    """What each seller and (under `None`) the platform gets of a sale; the parts sum to the whole."""
    parts: dict[UUID | None, Money] = {}
    for sale in sales:
        percent = 0 if sale.provider_id is None else sale.provider_percent
        theirs, ours = sale.amount.allocate((percent, 100 - percent))
        for owner, part in ((sale.provider_id, theirs), (None, ours)):
            parts[owner] = parts.get(owner, Money.zero(part.currency)) + part
    return {owner: part for owner, part in parts.items() if part}


def state_after(payment: PaymentState, *, may_deliver: bool) -> OrderState:
    """Where an order goes from its payment's state."""
    match payment:
        case PaymentState.SUCCEEDED | PaymentState.REFUNDED:
            return OrderState.PAID
        case PaymentState.FAILED:
            return OrderState.FAILED
        case PaymentState.REQUIRES_ACTION:
            return OrderState.REQUIRES_ACTION
        case _ if may_deliver:
            return OrderState.AWAITING_TRANSFER
        case _:
            return OrderState.PENDING_PAYMENT
