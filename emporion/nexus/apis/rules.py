"""Decides how an API does: from its figures, what is expected of it, and how much the figures can prove. Nothing is read here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emporion.gateway.routing.types import Outcome
from emporion.nexus.apis.types import Cause, Figures, Health, Minute, QuotaView, Usual, Verdict, Watch

FAILURES: tuple[str, ...] = tuple(str(one) for one in Outcome if one.is_failure)
# Nobody was asked, so that nothing is learnt about the API.
UNMADE: tuple[str, ...] = (str(Outcome.BUDGET_SPENT), str(Outcome.LIMITED))
# A refusal comes at once and would make a broken API look fast: times are those of calls that were waited for.
WAITED: tuple[str, ...] = (str(Outcome.OK), str(Outcome.TIMEOUT), str(Outcome.CUT_SHORT), str(Outcome.EMPTY))

SURE, LIKELY = 0.001, 0.02  # how improbable failures have to be for an API that keeps its target
FAILING_TIMES = 5  # so many times the failures that the target allows are an outage rather than a weakness
SLOW_TIMES = 2.0
SLOW_CALLS = 20
QUIET_MINUTES = 5
FEW_CALLS = 4
SOON = timedelta(days=3)


def judge(*, now: Figures, watch: Watch, usual: Usual | None, quota: QuotaView, minutes: Sequence[Minute] = ()) -> Verdict:
    """How an API does. With few calls only what could hardly be chance counts: one failure of one call proves nothing."""
    if not now.calls:
        runs_out = _runs_out(quota, now.until)
        return Verdict(health=Health.DEGRADED, cause=Cause.QUOTA_RUNS_OUT) if runs_out else Verdict(health=Health.QUIET)
    allowed = max(1.0 - watch.target, 1e-6)
    chance = tail(now.calls, now.failures, allowed)
    if now.failures > 1 and chance < LIKELY and now.failure_rate > allowed:
        is_outage = chance < SURE and now.failure_rate >= min(0.5, FAILING_TIMES * allowed)
        outcome = _commonest(now)
        return Verdict(
            health=Health.FAILING if is_outage else Health.DEGRADED,
            cause=_CAUSES.get(outcome, Cause.FAILING),
            since=began(minutes, allowed),
            outcome=outcome,
        )
    if is_slow(now, watch, usual):
        return Verdict(health=Health.DEGRADED, cause=Cause.SLOW)
    if _runs_out(quota, now.until):
        return Verdict(health=Health.DEGRADED, cause=Cause.QUOTA_RUNS_OUT)
    return Verdict(health=Health.HEALTHY)


_CAUSES = {
    str(Outcome.KEY_REFUSED): Cause.KEY_REFUSED,
    str(Outcome.QUOTA_EXHAUSTED): Cause.QUOTA_SPENT,
    str(Outcome.THROTTLED): Cause.THROTTLED,
}


def _commonest(figures: Figures) -> str:
    failed = {name: count for name, count in figures.outcomes.items() if name in FAILURES}
    return max(failed, key=lambda name: failed[name], default="")


def is_slow(now: Figures, watch: Watch, usual: Usual | None) -> bool:
    """Whether p95 is past its target, or twice what is usual; a few calls say little of a percentile."""
    if now.p95_ms is None or now.calls < SLOW_CALLS:
        return False
    if watch.latency_ms:
        return now.p95_ms > watch.latency_ms
    return usual is not None and usual.p95_ms is not None and now.p95_ms > SLOW_TIMES * usual.p95_ms


def _runs_out(quota: QuotaView, now: datetime) -> bool:
    """Whether an allowance will be spent within days; what is given anew each minute never is."""
    noted = quota.noted
    return noted is not None and noted.runs_out_at is not None and noted.runs_out_at <= now + SOON


def tail(calls: int, failures: int, allowed: float) -> float:
    """The probability of so many failures or more among calls that each fail with the allowed probability (binomial)."""
    if failures <= calls * allowed:
        return 1.0
    if failures > calls:
        return 0.0
    logs = math.lgamma(calls + 1) - math.lgamma(failures + 1) - math.lgamma(calls - failures + 1)
    term = math.exp(logs + failures * math.log(allowed) + (calls - failures) * math.log1p(-allowed))
    total, at = term, failures
    while at < calls and term > total * 1e-12:
        term *= (calls - at) / (at + 1) * allowed / (1 - allowed)
        total, at = total + term, at + 1
    return min(1.0, total)


def began(minutes: Sequence[Minute], allowed: float) -> datetime | None:
    """When the trouble that lasts began: the first minute of the run of bad ones that reaches the end.

    A minute is bad with more than twice the failures allowed, of which one alone among many calls says nothing; five minutes
    that are not, with calls in them, end the run.
    """
    since, calm = None, 0
    for minute in reversed(minutes):
        is_lonely = minute.failures == 1 and minute.calls > FEW_CALLS
        if minute.failures > 2 * allowed * minute.calls and not is_lonely:
            since, calm = minute.at, 0
        elif minute.calls:
            calm += 1
        if calm >= QUIET_MINUTES:
            break
    return since


def one_in(rate: float) -> int:
    """How a rate is said: 0.124 is one call in eight."""
    return max(1, round(1 / rate)) if rate > 0 else 0


def burn(rate: float, target: float) -> float:
    """How many times too fast the error budget of a target is spent."""
    allowed = 1.0 - target
    return rate / allowed if allowed > 0 else math.inf if rate else 0.0


def worst_first(health: Health) -> int:
    """The place of a health in a list: broken first, silent last."""
    return (Health.FAILING, Health.DEGRADED, Health.HEALTHY, Health.QUIET).index(health)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of time and what answers for it fastest: `half_days`, `hour_totals`, `hours` (all keys), `minutes` or `calls`."""

    source: str
    since: datetime
    until: datetime


HALF_DAY, HOUR, MINUTE = timedelta(hours=12), timedelta(hours=1), timedelta(minutes=1)
LONG = timedelta(days=2)  # shorter stretches gain nothing from half days


def pieces(
    since: datetime,
    until: datetime,
    *,
    is_narrow: bool = False,
    is_raw: bool = False,
    is_plain: bool = False,
    is_open: bool = False,
) -> tuple[Piece, ...]:
    """Splits a half-open stretch so that whole hours and minutes come counted and only the ends read calls: exact, and fast.

    `is_narrow`: a model, feature or team is asked for, which minutes do not tell apart; `is_raw`: neither do hours. `is_plain`:
    one of them or none, and nothing but sums and times, which half days tell. `is_open`: it ends now, so that what is counted of
    the hour under way is all there is of it.
    """
    if since >= until:
        return ()
    if is_raw:
        return (Piece(source="calls", since=since, until=until),)
    step, source = HOUR, "hours" if is_narrow else "hour_totals"
    if is_plain and until - since >= LONG:
        step, source = HALF_DAY, "half_days"
    first, last = _ceil(since, step), until if is_open else _floor(until, step)
    if first >= last:
        return _ends(since, until, is_narrow=is_narrow, is_open=is_open)
    middle = Piece(source=source, since=first, until=last)
    if source == "half_days":
        return (*pieces(since, first, is_narrow=is_narrow), middle, *pieces(last, until, is_narrow=is_narrow))
    return (*_ends(since, first, is_narrow=is_narrow), middle, *_ends(last, until, is_narrow=is_narrow))


def _ends(since: datetime, until: datetime, *, is_narrow: bool, is_open: bool = False) -> tuple[Piece, ...]:
    if since >= until:
        return ()
    first, last = _ceil(since, MINUTE), until if is_open else _floor(until, MINUTE)
    if is_narrow or first >= last:
        return (Piece(source="calls", since=since, until=until),)
    found = (
        Piece(source="calls", since=since, until=first),
        Piece(source="minutes", since=first, until=last),
        Piece(source="calls", since=last, until=until),
    )
    return tuple(one for one in found if one.since < one.until)


def _floor(moment: datetime, step: timedelta) -> datetime:
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, tz=moment.tzinfo)


def _ceil(moment: datetime, step: timedelta) -> datetime:
    floor = _floor(moment, step)
    return floor if floor == moment else floor + step


def floor(moment: datetime, step: timedelta) -> datetime:
    """The beginning of the step that a moment lies in; steps are counted in UTC from 1970."""
    return _floor(moment, step)


def runs_out(*, used: int, limit: int, per_day: float, now: datetime, ends: datetime) -> datetime | None:
    """When an allowance is spent at the pace of the last days; `None` when it lasts until it is given anew."""
    if limit <= 0 or per_day <= 0:
        return None
    if used >= limit:
        return now
    at = now + timedelta(days=min((limit - used) / per_day, 3650))
    return at if at < ends else None
