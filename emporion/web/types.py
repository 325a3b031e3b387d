"""What the pages that join domains show."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from emporion.agents.channels.types import ImplementationView
from emporion.billing.types import MeterView, Period, SubscriptionView
from emporion.checkout.queries import PaidItem
from emporion.kernel.money import Money
from emporion.notify.types import NotificationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something that somebody has to do: in one plain sentence, with the page that fixes it."""

    tone: str
    title: str
    text: str
    url: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A subscription with its meter, where it has one."""

    subscription: SubscriptionView
    meter: MeterView | None
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was spent from the first of the month until now."""

    total: Money
    lines: tuple[tuple[str, Money], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What this month will have cost: what is paid, what renews until its end, and use beyond the plans at this pace."""

    paid: Money
    renewals: Money
    renewal_count: int
    usage: Money
    total: Money
    until: datetime

    @property
    def says_more(self) -> bool:
        """Whether anything is expected beyond what is paid."""
        return self.total != self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a widget runs, with the name of its agent."""

    seen: ImplementationView
    agent_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The payments of one calendar month in UTC, with their sum in each currency."""

    start: datetime
    items: tuple[PaidItem, ...]
    totals: tuple[Money, ...]
    before: datetime
    after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsOf:
    """A subscription's uses in its present month: what its meter shows, and what the single uses sum to."""

    subscription: SubscriptionView
    meter: MeterView
    period: Period
    count: int
    sum: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The buyer's dashboard."""

    attention: tuple[Attention, ...]
    spending: Spending
    forecast: Forecast
    spent_by_day: tuple[float, ...]
    used_by_day: tuple[float, ...]
    places: tuple[Place, ...]
    calls: int
    widgets_live: int
    widgets_all: int
    active: int
    next_renewal: SubscriptionView | None
    uses: tuple[Use, ...]
    activity: tuple[NotificationView, ...]
    may_add_credits: bool
    may_invite: bool
    may_buy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place of the palette."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationGroup:
    """Places of one kind."""

    key: str
    label: str
    entries: tuple[Destination, ...]
