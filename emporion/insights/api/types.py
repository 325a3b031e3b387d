"""What is said about the keys with which programs read a website's figures."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from emporion.plumbing.types import Actor


class KeyKind(StrEnum):
    """What a key opens; the value is how its secret begins.

    DataFast's clients know `df_` (one website) and `dft_` (every website of the account); `sk_live_` is our own for one website.
    """

    LIVE = "sk_live_"
    SITE = "df_"
    ACCOUNT = "dft_"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a person says of a key."""

    name: str
    kind: KeyKind = KeyKind.LIVE
    can_write: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A key without its secret."""

    id: UUID
    name: str
    kind: KeyKind
    prefix: str
    can_write: bool
    created_at: datetime
    last_used_at: datetime | None
    requests_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """Who a valid key speaks for; `site_id` is the only website that it opens, or nothing for all of the organisation."""

    key_id: UUID
    actor: Actor
    site_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfUse:
    """How many requests a day saw."""

    day: date
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much of the API an organisation used; `per_minute` is what its plan allows."""

    today: int
    per_minute: int
    busiest_minute: int
    days: tuple[DayOfUse, ...]

    @property
    def is_near_limit(self) -> bool:
        """Whether the busiest minute of today took more than four fifths of what the plan allows."""
        return self.busiest_minute * 5 > self.per_minute * 4
