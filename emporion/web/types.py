"""What the pages that join domains show."""

from dataclasses import dataclass

from emporion.billing.types import MeterView, SubscriptionView
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was spent from the first of the month until now; `usage_so_far` is not charged yet."""

    total: Money
    lines: tuple[tuple[str, Money], ...]
    usage_so_far: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The buyer's dashboard."""

    attention: tuple[Attention, ...]
    spending: Spending
    calls: int
    widgets_live: int
    widgets_all: int
    active: int
    next_renewal: SubscriptionView | None
    uses: tuple[Use, ...]
    activity: tuple[NotificationView, ...]


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
