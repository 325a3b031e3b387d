"""What is known of how likely somebody is to buy, and of whom people want to hear.

Shares are floats between 0 and 1. "Buys" means: a first payment, no renewal, within a day of the visit's beginning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

FEWEST_BUYERS = 20
FEWEST_VISITS = 200
# So many times the average makes somebody high-intent, with or without a goal.
HIGH_TIMES = 3


class Trait(StrEnum):
    """What is known of a visit that may make a purchase likelier or less likely."""

    GOAL = "goal"
    PAGE = "page"
    PAGES = "pages"
    MINUTES = "minutes"
    VISIT = "visit"
    CUSTOMER = "customer"
    CHANNEL = "channel"
    DEVICE = "device"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A visit as far as it got: what somebody who watches it knows at that moment."""

    pages: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    seconds: int = 0
    number: int = 1
    channel: str = ""
    device: str = ""
    country: str = ""
    is_customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A visit of the past, seen up to some moment of it, and whether a purchase followed."""

    at: datetime
    seen: Seen
    has_bought: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that counts; `odds` is what it multiplies the odds of a purchase by, all else alike."""

    trait: Trait
    value: str
    odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Visits that were rated alike: `buyers` of `visits` bought, which is the share that is shown.

    `checked_*` are later visits that had no part in any of it: what happened to those for whom this share would have been shown.
    `rank` is the percentage of visits that were rated lower.
    """

    least: float
    visits: int
    buyers: int
    rank: int
    checked_visits: int = 0
    checked_buyers: int = 0

    @property
    def share(self) -> float:
        """The share that bought; half a buyer more, so that nobody is told "never"."""
        return (self.buyers + 0.5) / (self.visits + 1)

    @property
    def checked_share(self) -> float | None:
        """The share of the later visits that bought."""
        return self.checked_buyers / self.checked_visits if self.checked_visits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """How a website's visits are rated: a weight for each mark (a logarithm of odds), and what the ratings came to."""

    base: float
    weights: Mapping[str, float]
    bands: tuple[Band, ...]
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a website's own past says; `fitted` is `None` while there are too few purchases to say anything."""

    site_id: UUID
    made_at: datetime
    visits: int
    buyers: int
    worth_minor: int
    fitted: Fitted | None = None

    @property
    def average(self) -> float:
        """The share of all visits that bought."""
        return self.buyers / self.visits if self.visits else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """How likely somebody is to buy, with what that rests on: `buyers` of `visits` that were rated alike bought."""

    share: float
    average: float
    visits: int
    buyers: int
    rank: int
    marks: tuple[Mark, ...] = ()

    @property
    def times(self) -> float:
        """How many times the average it is."""
        return self.share / self.average if self.average else 1.0

    @property
    def is_high(self) -> bool:
        """Whether it is far above the average."""
        return self.times >= HIGH_TIMES


class Occasion(StrEnum):
    """Why people are told of a visitor."""

    CUSTOMER = "customer"
    LIKELY = "likely"
    GOAL = "goal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Of which visitors a website's people want to hear; `paid_minor` is in the website's currency."""

    customers: bool = False
    paid_minor: int = 0
    likely: bool = False
    likely_percent: int = 20
    goals: tuple[str, ...] = field(default=())

    @property
    def is_any(self) -> bool:
        """Whether there is anything to look for."""
        return self.customers or self.likely or bool(self.goals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    """A visitor of whom people were told."""

    visitor_id: UUID
    at: datetime
    occasion: Occasion
    name: str
    page: str
    detail: str
    was_sent: bool
