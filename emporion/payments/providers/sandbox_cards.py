"""The cards of the sandbox and what each does; their numbers are known to the browser only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emporion.payments.errors import UnknownToken
from emporion.payments.types import Reason


class Answer(StrEnum):
    """How the sandbox answers a charge."""

    SUCCEED = "approve"
    DECLINE = "fail"
    CHALLENGE = "challenge"
    SETTLE_LATE = "settle_late"
    FAIL_LATE = "fail_late"
    TIMEOUT = "timeout"


class Fault(StrEnum):
    """How webhooks misbehave on purpose."""

    DUPLICATED = "duplicated"  # each comes three times
    DELAYED = "delayed"  # each comes ten minutes late
    REORDERED = "reordered"  # the first ones come after the last ones
    LOST = "lost"  # none comes; only a poll finds out


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCard:
    """A test card."""

    token: str
    label: str
    answer: Answer
    brand: str = "visa"
    last4: str = "4242"
    reason: Reason = Reason.NONE


_ALL = (
    SandboxCard(token="tok_visa", label="Visa", answer=Answer.SUCCEED),
    SandboxCard(token="tok_mastercard", label="Mastercard", answer=Answer.SUCCEED, brand="mastercard", last4="4444"),
    SandboxCard(token="tok_3ds", label="Asks for 3-D Secure", answer=Answer.CHALLENGE, last4="3155"),
    SandboxCard(token="tok_declined", label="Declined", answer=Answer.DECLINE, last4="0002", reason=Reason.DECLINED),
    SandboxCard(
        token="tok_insufficient_funds",
        label="Insufficient funds",
        answer=Answer.DECLINE,
        last4="9995",
        reason=Reason.INSUFFICIENT_FUNDS,
    ),
    SandboxCard(token="tok_expired", label="Expired", answer=Answer.DECLINE, last4="0069", reason=Reason.EXPIRED_CARD),
    SandboxCard(token="tok_incorrect_cvc", label="Wrong CVC", answer=Answer.DECLINE, last4="0127", reason=Reason.INCORRECT_CVC),
    SandboxCard(
        token="tok_processing_error",
        label="Processing error",
        answer=Answer.DECLINE,
        last4="0119",
        reason=Reason.PROCESSING_ERROR,
    ),
    SandboxCard(token="tok_slow", label="Succeeds after a while", answer=Answer.SETTLE_LATE, last4="0077"),
    SandboxCard(token="tok_late_failure", label="Fails after a while", answer=Answer.FAIL_LATE, last4="0341"),
    SandboxCard(token="tok_timeout", label="Provider does not answer", answer=Answer.TIMEOUT, last4="0259"),
)
_EXPIRY = re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])")
CARDS: Mapping[str, SandboxCard] = {card.token: card for card in _ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A card as it was entered: with its expiry, where a date to come stands for none, and with what its webhooks do wrong."""

    card: SandboxCard
    exp_month: int = 12
    exp_year: int = 2034
    has_expiry: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def token(self) -> str:
        """The handle for later charges: the card with its expiry, without its faults."""
        return f"{self.card.token}:{self.exp_year}-{self.exp_month:02}" if self.has_expiry else self.card.token

    def has_expired(self, now: datetime) -> bool:
        """Whether the last day of its month is over."""
        return (self.exp_year, self.exp_month) < (now.year, now.month)


def parse(token: str) -> Presented:
    """What a token such as "tok_visa", "tok_visa:2034-08" or "tok_slow:duplicated" names; `UnknownToken` for anything else."""
    name, *rest = token.split(":")
    expiry = _EXPIRY.fullmatch(rest[0]) if rest else None
    faults = tuple(dict.fromkeys(rest[1:] if expiry else rest))
    if name not in CARDS or not set(faults) <= set(Fault):
        raise UnknownToken
    read = tuple(Fault(fault) for fault in faults)
    if expiry is None:
        return Presented(card=CARDS[name], faults=read)
    return Presented(card=CARDS[name], exp_year=int(expiry["year"]), exp_month=int(expiry["month"]), has_expiry=True, faults=read)
