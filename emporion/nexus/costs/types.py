"""What is said about costs: totals of a stretch of time by what they were spent on, why they changed, and the calls behind them.

Amounts are picos, 10^-12 USD, and add up exactly; corrections of wrong prices are counted in wherever a cost is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from emporion.gateway.pricing.types import CorrectionView, PriceChange, Priced
from emporion.gateway.routing.types import BudgetView


class By(StrEnum):
    """What costs are broken down by."""

    API = "api"
    MODEL = "model"
    TEAM = "team"
    FEATURE = "feature"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open stretch of time in days of UTC, and the one it is compared with.

    `until` of a month that still runs is the current hour's end; it is compared with as much of the month before.
    """

    since: datetime
    until: datetime
    end: datetime  # where the stretch ends once it is over
    before_since: datetime
    before_until: datetime
    is_month: bool

    @property
    def is_running(self) -> bool:
        """Whether more is to come."""
        return self.until < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which costs are asked for: those of a project, narrowed by what is named; empty text is a value, `None` is not asked."""

    project_id: UUID
    span: Span
    by: By = By.API
    narrowed: Mapping[By, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Calls and what they took."""

    calls: int = 0
    cost_picos: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Everything read and written."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value of what costs are broken down by, now and before; `rest` lines sum up what has no line or no value."""

    key: str
    label: str
    now: Sums
    before_picos: int
    is_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How far the costs can be relied on: what was not priced or only guessed, and what a second list says of the rest."""

    calls: int = 0
    unpriced: int = 0
    estimated_picos: int = 0
    compared: int = 0
    disagreeing: int = 0
    compared_picos: int = 0
    second_picos: int = 0

    @property
    def difference_picos(self) -> int:
        """What the second list says more, of the calls that it knows; negative is less."""
        return self.second_picos - self.compared_picos


class Driver(StrEnum):
    """Why costs change."""

    VOLUME = "volume"  # more calls
    MIX = "mix"  # other APIs and models
    LENGTH = "length"  # more tokens a call
    KIND = "kind"  # another share of output, cached or long input among the tokens
    PRICE = "price"  # the vendor's, or one's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One API and model in two stretches of time. `at_old_prices` is what the later one had cost by the earlier one's prices."""

    key: str
    calls: int
    tokens: int
    cost_picos: int
    calls_before: int
    tokens_before: int
    cost_before: int
    at_old_prices: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a driver did to costs, and the segments that it worked through, greatest first."""

    driver: Driver
    picos: int
    through: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A change of costs, split into what drove it; the effects add up to the change exactly."""

    before_picos: int
    after_picos: int
    effects: tuple[Effect, ...]

    @property
    def change_picos(self) -> int:
        """How much more, or less."""
        return self.after_picos - self.before_picos


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A day that cost more or less than the weeks before let expect, and why."""

    day: date
    cost_picos: int
    usual_picos: int
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What a month cost; one that runs is not comparable yet."""

    first: date
    sums: Sums
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """A budget of months against what this month cost."""

    budget: BudgetView
    spent_picos: int
    forecast_picos: int | None

    @property
    def left_picos(self) -> int:
        """What is left; negative is over."""
        return self.budget.limit_picos - self.spent_picos


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """Everything that a cost page says of a stretch of time."""

    question: Question
    names: Mapping[UUID, str]
    total: Sums
    before: Sums
    forecast_picos: int | None
    days: tuple[tuple[date, Sums], ...]
    lines: tuple[Line, ...]
    months: tuple[Month, ...]
    explanation: Explanation
    anomalies: tuple[Anomaly, ...]
    budgets: tuple[Variance, ...]
    confidence: Confidence
    price_changes: tuple[PriceChange, ...]
    corrections: tuple[CorrectionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call of a list: its tokens and what they cost; `cost_picos` counts corrections in, `stored_picos` does not."""

    id: UUID
    at: datetime
    api_id: UUID
    provider: str
    model: str
    team: str
    feature: str
    customer: str
    outcome: str
    sums: Sums
    cost_picos: int
    stored_picos: int
    price_source: str
    price_version: str
    second_picos: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """A page of the calls behind a number, and the number."""

    sums: Sums
    calls: tuple[CallLine, ...]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCost:
    """How the cost of one call came about: `priced` is worked out anew; `agrees` says whether it is still what is in force."""

    call: CallLine
    priced: Priced
    usage: str
    corrections: tuple[CorrectionView, ...]

    @property
    def agrees(self) -> bool:
        """Whether the lines add up to the cost in force; where not, prices were changed since."""
        return self.priced.is_known and self.priced.cost_picos == self.call.cost_picos
