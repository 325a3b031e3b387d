"""What the ledger tells others."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletLow:
    """A wallet fell to its alert threshold; told once until it is filled up again."""

    organisation_id: UUID
    currency: str
    available_micros: int
    threshold_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletFilled:
    """Credit was added to a wallet."""

    organisation_id: UUID
    currency: str
    amount_minor: int
    available_micros: int
