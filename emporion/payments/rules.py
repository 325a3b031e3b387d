"""Decides, without I/O: which state follows, what is overdue, what is a card number, how a key is read."""

import hashlib
import re
from datetime import datetime, timedelta
from uuid import UUID

from emporion.kernel.errors import Invalid
from emporion.payments.errors import AmountNotPayable, CardNumberRefused
from emporion.payments.types import ANSWERED, SAVED_PREFIX, PaymentRequest, PaymentState, Reason

# Facts arrive late, twice and in any order. A payment only moves up this list, so that every order ends in the same place.
# A success outranks a failure: when we gave up and the provider captured the money all the same, the money is there.
RANK = {
    PaymentState.CREATED: 0,
    PaymentState.REQUIRES_ACTION: 1,
    PaymentState.PROCESSING: 2,
    PaymentState.FAILED: 3,
    PaymentState.SUCCEEDED: 4,
    PaymentState.REFUNDED: 5,
}
CAPTURED = frozenset({PaymentState.SUCCEEDED, PaymentState.REFUNDED})  # the money came, whatever became of it
POLL_AFTER = (60, 120, 300, 600, 900, 1800, 3600)
NEVER_SENT_AFTER = timedelta(minutes=10)
ABANDONED_AFTER = timedelta(minutes=30)
REFUND_AGAIN_AFTER = timedelta(minutes=1)
GRACE = timedelta(days=7)  # from the reminder of an invoice until what it bought pauses
_DIGITS = re.compile(r"(?:\d[ \-.]?){13,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def later(current: PaymentState, told: PaymentState) -> PaymentState:
    """The state that follows when a fact comes in: the further one of the two, whichever came first."""
    return max(current, told, key=RANK.__getitem__)


def next_poll(polls: int, now: datetime) -> datetime:
    """When to ask the provider again: soon at first, then every hour."""
    return now + timedelta(seconds=POLL_AFTER[min(polls, len(POLL_AFTER) - 1)])


def why_give_up(told: PaymentState | None, created_at: datetime, now: datetime) -> Reason | None:
    """Why an unsettled payment is cancelled now, or `None` while it is worth waiting.

    `told` is what the provider says, `None` when it never heard of the payment.
    """
    age = now - created_at
    if told is None:
        return Reason.NEVER_SENT if age >= NEVER_SENT_AFTER else None
    if told is PaymentState.REQUIRES_ACTION and age >= ABANDONED_AFTER:
        return Reason.ABANDONED
    return None


def answered(return_url: str) -> str:
    """The way back of who has answered at the bank, so that the page there does not ask again what was answered."""
    return f"{return_url}{'&' if '?' in return_url else '?'}{ANSWERED}=1"


def check_request(request: PaymentRequest) -> None:
    """Refuse a payment of nothing, a card number, and a way back to another site."""
    if request.amount.minor <= 0:
        raise AmountNotPayable(amount=str(request.amount))
    if holds_card_number(request.token) or is_card_number(request.description):
        raise CardNumberRefused
    path = request.return_url
    if not path.startswith("/") or path.startswith(("//", "/\\")) or any(mark in path for mark in "\r\n\t"):
        raise Invalid("The way back has to be a path of this site.", field="return_url")


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits anywhere in a text, also spaced or dashed, pass the check digit of payment cards.

    UUIDs are left out: a "saved:<uuid>" may pass the check by chance.
    """
    for match in _DIGITS.finditer(_UUID.sub("", text.lower())):
        digits = re.sub(r"\D", "", match.group())
        if any(_is_luhn(digits[start : start + size]) for size in range(13, 20) for start in range(len(digits) - size + 1)):
            return True
    return False


def is_card_number(text: str) -> bool:
    """Whether a whole run of 13 to 19 digits in a text passes the check; other long numbers in a text are let be."""
    runs = (re.sub(r"\D", "", match.group()) for match in _DIGITS.finditer(_UUID.sub("", text.lower())))
    return any(13 <= len(digits) <= 19 and _is_luhn(digits) for digits in runs)


def _is_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0 and any(doubled)


def saved_method_id(token: str) -> UUID | None:
    """The id in a token "saved:<id>", or `None` for a token of the provider."""
    if not token.startswith(SAVED_PREFIX):
        return None
    try:
        return UUID(token.removeprefix(SAVED_PREFIX))
    except ValueError:
        raise Invalid("This saved payment method is not known.", field="token") from None


def digest(request: PaymentRequest) -> str:
    """What the request's key stands for."""
    parts = (request.amount.minor, request.amount.currency, request.method, request.token, request.cause_type, request.cause_id)
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
