"""Sifts what is out of the ordinary from what always fails a little: how many calls more than before, of which kind, and where.

Pure. Everything that follows speaks of these excesses, so that a provider whose calls fail by one percent every day is not
blamed for that percent when something else breaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from emporion.gateway.routing.types import Outcome
from emporion.nexus.diagnosis.types import Facts, Sample, Slice

# A stream that stops inside a frame, or an answer that is shorter than its length, broke off; HTML or no JSON at all is the
# provider's own machinery answering in its place.
BROKEN_OFF = frozenset({"half_a_frame", "bad_frame", "false_length", "no_end", "cut_short"})
SLOW_FACTOR, SLOW_MS = 1.8, 400.0


class Family(StrEnum):
    """Ways to fail that have the same causes."""

    DOWN = "down"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CUT_SHORT = "cut_short"
    EMPTY = "empty"
    THROTTLED = "throttled"
    QUOTA = "quota"
    KEY = "key"
    REFUSED = "refused"  # our request was wrong
    OWN_LIMITS = "own_limits"


_FAMILY = {
    Outcome.PROVIDER_ERROR: Family.DOWN,
    Outcome.OVERLOADED: Family.DOWN,
    Outcome.MALFORMED: Family.DOWN,
    Outcome.TIMEOUT: Family.TIMEOUT,
    Outcome.UNREACHABLE: Family.UNREACHABLE,
    Outcome.CUT_SHORT: Family.CUT_SHORT,
    Outcome.EMPTY: Family.EMPTY,
    Outcome.THROTTLED: Family.THROTTLED,
    Outcome.QUOTA_EXHAUSTED: Family.QUOTA,
    Outcome.KEY_REFUSED: Family.KEY,
    Outcome.BAD_REQUEST: Family.REFUSED,
    Outcome.BUDGET_SPENT: Family.OWN_LIMITS,
    Outcome.LIMITED: Family.OWN_LIMITS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What is out of the ordinary: calls beyond the usual by family, how much slower good answers are (1 is as before)."""

    excess: Mapping[Family, float]
    total: float
    calls: int
    slower: float

    def share(self, *families: Family) -> float:
        """The part of what is out of the ordinary that these families make, 0 to 1."""
        return sum(self.excess.get(one, 0.0) for one in families) / self.total if self.total else 0.0


def sift(facts: Facts) -> Sifted:
    """Compares now with before, family by family; what chance explains counts as nothing."""
    now, before = _by_family(facts.now), _by_family(facts.before)
    excess = {}
    for family, count in now.items():
        usual = before.get(family, 0) / facts.before.calls * facts.now.calls if facts.before.calls else 0.0
        over = count - usual
        if over > 0 and over >= 2.0 * sqrt(usual + 1):
            excess[family] = over
    return Sifted(excess=excess, total=sum(excess.values()), calls=facts.now.calls, slower=_slower(facts))


def _by_family(sample: Sample) -> dict[Family, int]:
    found: dict[Family, int] = {}
    for outcome, count in sample.outcomes.items():
        family = _FAMILY.get(Outcome(outcome))
        if family is not None:
            found[family] = found.get(family, 0) + count
    broken = sum(count for code, count in sample.codes.items() if code in BROKEN_OFF)
    moved = min(max(0, broken - found.get(Family.CUT_SHORT, 0)), sample.outcomes.get(Outcome.MALFORMED, 0))
    if moved:
        found[Family.DOWN] -= moved
        found[Family.CUT_SHORT] = found.get(Family.CUT_SHORT, 0) + moved
    return found


def _slower(facts: Facts) -> float:
    factors = [1.0]
    for now, before in (
        (facts.now.p95_ms, facts.before.p95_ms),
        (facts.now.first_token_p95_ms, facts.before.first_token_p95_ms),
    ):
        if now and before and now - before >= SLOW_MS and now / before >= SLOW_FACTOR:
            factors.append(now / before)
    return max(factors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """One slice in which nearly all of the trouble is, while the others do well."""

    slice: Slice
    rest: Slice


def concentrated(slices: Sequence[Slice], *, usual: float) -> Concentration | None:
    """The slice that fails while the others do not, where both have calls enough to tell; `usual` is the rate before."""
    named = [one for one in slices if one.name and one.calls]
    if len(named) < 2:
        return None
    worst = max(named, key=lambda one: (one.failures - usual * one.calls, one.rate))
    others = [one for one in named if one is not worst]
    rest = Slice(name="", calls=sum(one.calls for one in others), failures=sum(one.failures for one in others))
    if worst.calls < 5 or rest.calls < 8 or worst.failures < 3:
        return None
    if rest.rate > usual + 0.05 + 1.5 * sqrt(max(usual, 0.01) / rest.calls) or worst.rate < 4 * max(rest.rate, usual, 0.01):
        return None
    pooled = (worst.failures + rest.failures) / (worst.calls + rest.calls)
    spread = sqrt(pooled * (1 - pooled) * (1 / worst.calls + 1 / rest.calls))
    return Concentration(slice=worst, rest=rest) if spread and (worst.rate - rest.rate) / spread >= 3.5 else None


def failing(slices: Sequence[Slice], *, usual: float) -> list[Slice]:
    """The slices that fail clearly more often than usual."""
    return [one for one in slices if one.name and one.failures >= 2 and one.rate >= max(0.03, 2 * usual)]
