"""Decides without I/O: what a key stands for, how orders and receipts are numbered, where a payment takes an order."""

import hashlib
from datetime import datetime
from uuid import UUID

from emporion.checkout.types import OrderState, PurchaseRequest
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
