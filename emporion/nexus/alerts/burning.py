"""How fast the error budget of an objective is spent, over a long and a short window at once.

The windows and rates are those of the SRE Workbook, chapter 5: 2 % of a month's budget in an hour and 5 % in six hours wake
somebody, 10 % in three days is work for this week. The short window makes it end soon after the fault does. At few calls a rate
says little: the failures of the long window must also be more than chance gives an API that keeps its objective.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emporion.nexus.alerts.hours import Hours, floor_hour
from emporion.nexus.alerts.tails import binomial_at_least
from emporion.nexus.alerts.types import Severity
from emporion.nexus.apis.types import Minute

IN_SIGHT = 360  # minutes; further back there are hours
CHANCE = 1e-5  # a few thousand windows of a week are independent of each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A burn rate that is too high when it holds over both windows, in minutes."""

    severity: Severity
    long: int
    short: int
    rate: float


POLICIES = (
    Policy(severity=Severity.PAGE, long=60, short=5, rate=14.4),
    Policy(severity=Severity.PAGE, long=360, short=30, rate=6.0),
    Policy(severity=Severity.TICKET, long=4320, short=360, rate=1.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The calls of a stretch that ends now, and those of them that failed."""

    calls: int = 0
    failures: int = 0

    @property
    def share(self) -> float:
        """The part that failed."""
        return self.failures / self.calls if self.calls else 0.0

    def burn(self, objective: float) -> float:
        """How many times faster than allowed the budget is spent; 1 spends exactly all of it."""
        return self.share / (1.0 - objective)

    def is_more_than_chance(self, share: float, chance: float) -> bool:
        """Whether an API that fails in `share` of its calls would hardly fail so often."""
        return binomial_at_least(self.failures, self.calls, share) < chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """The most urgent policy that is broken, with the burn rate of its long window."""

    policy: Policy
    rate: float


def window(minutes: Sequence[Minute], now: datetime, length: int) -> Window:
    """The last `length` minutes of calls, the one that runs included."""
    since = now - timedelta(minutes=length)
    calls = failures = 0
    for minute in reversed(minutes):
        if minute.at < since:
            break
        calls += minute.calls
        failures += minute.failures
    return Window(calls=calls, failures=failures)


def long_window(minutes: Sequence[Minute], hours: Hours, now: datetime, length: int) -> Window:
    """A window that reaches back further than the minutes do: full hours, and the minutes since the last of them."""
    if length <= IN_SIGHT:
        return window(minutes, now, length)
    recent = [minute for minute in minutes if minute.at >= max(hours.end, floor_hour(now) - timedelta(hours=5))]
    calls, failures = hours.budget(length // 60)
    return Window(
        calls=calls + sum(one.calls for one in recent),
        failures=failures + sum(one.failures for one in recent),
    )


def burning(minutes: Sequence[Minute], hours: Hours, now: datetime, objective: float) -> Burn | None:
    """The most urgent policy that is broken now, if any."""
    for policy in POLICIES:
        if policy.long > IN_SIGHT and hours.known * 60 < policy.long / 2:
            continue  # an API of yesterday has no three days of budget to burn
        long = long_window(minutes, hours, now, policy.long)
        rate = long.burn(objective)
        if rate < policy.rate or not long.is_more_than_chance(1.0 - objective, CHANCE):
            continue
        if window(minutes, now, policy.short).burn(objective) >= policy.rate:
            return Burn(policy=policy, rate=rate)
    return None
