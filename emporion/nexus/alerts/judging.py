"""Whether what a rule watches for is there, is over, or cannot be told, from the figures of one series. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from emporion.nexus.alerts import hours as columns
from emporion.nexus.alerts.burning import Window, burning, window
from emporion.nexus.alerts.hours import Hours, Usual, middle
from emporion.nexus.alerts.tails import negative_binomial_at_least, poisson_at_most
from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, Severity
from emporion.nexus.apis.types import Minute, Moment

OUTAGE_SHARE, OUTAGE_CHANCE, LEAST_FAILURES = 0.5, 1e-6, 3
# A hiccup of a few seconds wakes nobody: for 20 seconds less has to go well than fails. So many stretches are looked at so often
# that each has to be surer than a minute: an API that keeps 99% needs five failures in a row.
LEAST_STRETCH, LONGEST_STRETCH, SUDDEN_CHANCE = timedelta(seconds=20), timedelta(seconds=120), 1e-9
LAST_CALLS = 5
SHARE_CHANCE = 1e-4
SILENCE_CHANCE = 1e-7
BACK = 0.8  # of the threshold: a figure that only just came back is not back
WORTH = 1.6  # times the usual: less is not worth anybody's time, however unusual
PAST_MOST = 1.2  # times what it has been at this hour: ten minutes are rougher than the hours they are compared with
UNUSUAL = 8.0  # of the streaming detector; its best on a public benchmark is 4, at several tickets a week
LEAST_WAITED = 50  # calls: a 95th percentile of fewer is one or two calls
PICOS = 10.0**12


class Finding(StrEnum):
    """What the figures say of a rule."""

    FIRES = "fires"
    HOLDS = "holds"  # not enough to begin, too much to end
    CLEAR = "clear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a series: its minutes (oldest first, the last one runs), its hours, and what the streams say.

    `moments` are the seconds of the last two minutes, oldest first, by when calls ended; the past is not kept so finely.
    """

    now: datetime
    minutes: Sequence[Minute]
    hours: Hours
    moments: Sequence[Moment] = ()
    objective: float = 0.99
    unusual: Mapping[Metric, float] = field(default_factory=dict)
    quota_left: float | None = None
    quota_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A finding with the number that made it; `severity` where the figures decide it and not the rule."""

    finding: Finding
    value: float | None = None
    threshold: float | None = None
    severity: Severity | None = None
    usual: float | None = None
    minutes: int = 0
    seconds: int = 0


def judge(spec: RuleSpec, evidence: Evidence) -> Judgement:
    """What the figures say of a rule."""
    return _JUDGES[spec.kind](spec, evidence)


def _outage(spec: RuleSpec, evidence: Evidence) -> Judgement:
    """Most calls of the last minute or two failed, or of any stretch of at least 20 seconds that ends now, and not by chance.

    Minutes by the clock are not enough: where hundreds of calls went well in the seconds before a fault and few come after it, a
    minute that began before the fault stays mostly good until the clock has turned twice. Nor is any fixed length, as calls that
    come in bursts may end with a dozen failures and nothing more for minutes. A stretch that begins with the fault has neither
    that was before it nor waits for more calls. It need only have lasted, and what came last have failed: a hiccup is no outage.

    What no call meets no figure shows: an API that is called once a minute needs five minutes for five failures. Checks see it.
    """
    expected = min(max(1.0 - evidence.objective, 2 * evidence.hours.failure_share()), 0.2)
    for length in (1, 2):
        found = window(evidence.minutes, evidence.now, length)
        if _is_out(found, expected, OUTAGE_CHANCE):
            return Judgement(finding=Finding.FIRES, value=found.share, threshold=OUTAGE_SHARE, minutes=length)
    for found, seconds in _stretches(evidence):
        if _is_out(found, expected, SUDDEN_CHANCE):
            return Judgement(finding=Finding.FIRES, value=found.share, threshold=OUTAGE_SHARE, seconds=seconds)
    return _is_over(window(evidence.minutes, evidence.now, 3), OUTAGE_SHARE / 2, OUTAGE_SHARE)


def _is_out(found: Window, expected: float, chance: float) -> bool:
    is_most = found.failures >= LEAST_FAILURES and found.share >= OUTAGE_SHARE
    return is_most and found.is_more_than_chance(expected, chance)


def _stretches(evidence: Evidence) -> Iterator[tuple[Window, int]]:
    """What ended in the last seconds, of every length that begins with calls, with that length; the shortest first.

    None where most of the very last calls went well: the stretch from a hiccup to now would still look bad. One alone says
    nothing, as calls that began before a fault end well during it.
    """
    calls = failures = 0
    is_last = True
    for moment in reversed(evidence.moments):
        length = evidence.now - moment.at
        calls, failures = calls + moment.calls, failures + moment.failures
        if is_last and calls >= LAST_CALLS:
            is_last = False
            if failures < OUTAGE_SHARE * calls:
                return
        if LEAST_STRETCH <= length <= LONGEST_STRETCH:
            yield Window(calls=calls, failures=failures), int(length.total_seconds())


def _is_over(found: Window, below: float, threshold: float) -> Judgement:
    if not found.calls:
        return Judgement(finding=Finding.UNKNOWN, threshold=threshold)
    finding = Finding.CLEAR if found.share < below else Finding.HOLDS
    return Judgement(finding=finding, value=found.share, threshold=threshold)


def _burn_rate(spec: RuleSpec, evidence: Evidence) -> Judgement:
    objective = spec.objective or evidence.objective
    found = burning(evidence.minutes, evidence.hours, evidence.now, objective)
    fast = window(evidence.minutes, evidence.now, 5)
    # A long window remembers a fault for half an hour after it: nobody is kept awake for what is over.
    is_over = fast.calls > 0 and fast.burn(objective) < 1.0
    if found and not (is_over and found.policy.severity is Severity.PAGE):
        return Judgement(
            finding=Finding.FIRES,
            value=found.rate,
            threshold=found.policy.rate,
            severity=found.policy.severity,
            minutes=found.policy.long,
        )
    recent = window(evidence.minutes, evidence.now, 30)
    if not recent.calls:
        return Judgement(finding=Finding.UNKNOWN)
    is_over = is_over or recent.burn(objective) < 1.0
    return Judgement(finding=Finding.CLEAR if is_over else Finding.HOLDS, value=recent.burn(objective))


def _threshold(spec: RuleSpec, evidence: Evidence) -> Judgement:
    if spec.threshold <= 0:
        return Judgement(finding=Finding.UNKNOWN)  # at rest: it has no limit
    if spec.metric is Metric.FAILURE_RATE:
        return _share(spec, window(evidence.minutes, evidence.now, spec.for_minutes))
    last = _last(evidence, spec.for_minutes)
    if spec.metric is Metric.THROTTLED_SHARE:
        return _share(spec, Window(calls=sum(one.calls for one in last), failures=sum(one.throttled for one in last)))
    if spec.metric in {Metric.P95_MS, Metric.FIRST_TOKEN_MS}:
        return _times(spec, last)
    if spec.metric is Metric.COST_PER_HOUR:
        value = sum(one.cost_picos for one in last) / PICOS * 60 / spec.for_minutes
    else:
        value = sum(one.calls for one in last) / spec.for_minutes
    return _against(value, spec.threshold)


def _share(spec: RuleSpec, found: Window) -> Judgement:
    """A share is past its limit: surely, which half the limit would hardly reach."""
    is_enough = found.failures >= LEAST_FAILURES and found.calls >= spec.minimum_calls
    is_past = found.share >= spec.threshold and found.is_more_than_chance(spec.threshold / 2, SHARE_CHANCE)
    if is_enough and is_past:
        return Judgement(finding=Finding.FIRES, value=found.share, threshold=spec.threshold, minutes=spec.for_minutes)
    return _is_over(found, spec.threshold * BACK, spec.threshold)


def _times(spec: RuleSpec, last: Sequence[Minute]) -> Judgement:
    """Most minutes of the stretch were slower than the limit."""
    known = [value for one in last if (value := _time(one, spec.metric)) is not None]
    calls = sum(one.calls for one in last)
    if not known or calls < max(spec.minimum_calls, LEAST_WAITED) or len(known) * 2 < spec.for_minutes:
        return Judgement(finding=Finding.UNKNOWN, threshold=spec.threshold)
    value = float(np.median(known))
    slow = sum(one > spec.threshold for one in known)
    if slow >= 0.8 * len(known) and len(last) >= spec.for_minutes:
        return Judgement(finding=Finding.FIRES, value=value, threshold=spec.threshold, minutes=spec.for_minutes)
    return Judgement(finding=Finding.CLEAR if value < spec.threshold * BACK else Finding.HOLDS, value=value)


def _against(value: float, threshold: float) -> Judgement:
    if value >= threshold:
        return Judgement(finding=Finding.FIRES, value=value, threshold=threshold)
    return Judgement(finding=Finding.CLEAR if value < threshold * BACK else Finding.HOLDS, value=value, threshold=threshold)


def _anomaly(spec: RuleSpec, evidence: Evidence) -> Judgement:
    usual = evidence.hours.usual(_COLUMNS[spec.metric], evidence.now)
    if usual is None or evidence.hours.known < 24:
        return Judgement(finding=Finding.UNKNOWN)
    if spec.metric is Metric.FAILURE_RATE:
        return _many_failures(evidence)
    value = _present(spec.metric, _last(evidence, max(spec.for_minutes, 5)))
    if value is None or usual.most <= 0:  # beside nothing at all, the first cent would be without measure
        return Judgement(finding=Finding.UNKNOWN, usual=usual.middle)
    return _unusual(spec, usual, value, evidence.unusual.get(spec.metric, 0.0))


def _unusual(spec: RuleSpec, usual: Usual, value: float, streamed: float) -> Judgement:
    distance, limit = usual.distance(value), spec.threshold or 6.0
    is_worth = value >= WORTH * usual.middle and value >= PAST_MOST * usual.most
    finding = Finding.HOLDS
    if is_worth and (distance >= limit or (streamed >= UNUSUAL and distance >= limit / 2)):
        finding = Finding.FIRES
    elif distance < limit / 2 or value < (1 + (WORTH - 1) / 2) * usual.middle:
        finding = Finding.CLEAR
    return Judgement(finding=finding, value=value, threshold=usual.middle + limit * usual.spread, usual=usual.middle)


def _many_failures(evidence: Evidence) -> Judgement:
    """More failures in an hour than this API has in a bad hour; failures come in bursts, so that Poisson would cry wolf."""
    table = evidence.hours.table[:, columns.FAILURES]
    known = table[~np.isnan(table)].astype(np.float64)
    mean, variance = float(known.mean()), float(known.var())
    found = window(evidence.minutes, evidence.now, 60)
    chance = negative_binomial_at_least(found.failures, mean, variance)
    is_worth = found.failures >= 3 * mean + LEAST_FAILURES and found.share >= 1.0 - evidence.objective
    if chance < SHARE_CHANCE and is_worth:
        return Judgement(finding=Finding.FIRES, value=found.failures, usual=mean, minutes=60)
    return Judgement(finding=Finding.CLEAR if chance > 0.01 or not is_worth else Finding.HOLDS, value=found.failures, usual=mean)


def _silence(spec: RuleSpec, evidence: Evidence) -> Judgement:
    """Calls that always come at this hour have stopped, for longer than chance and longer than any gap of the last hours."""
    quiet, longest = gaps(evidence.minutes)
    if quiet == 0:
        recent = [one for one in evidence.minutes[-6:] if one.calls]
        return Judgement(finding=Finding.CLEAR if len(recent) > 1 else Finding.HOLDS, value=0)
    usual = evidence.hours.usual(columns.CALLS, evidence.now) if evidence.hours.known >= 24 else None
    per_minute = (usual.least if usual else _least_before(evidence.minutes, quiet)) / 60
    if per_minute <= 0:
        # An hour without calls is nothing new by now, and what never called cannot fall silent.
        return Judgement(finding=Finding.CLEAR, value=quiet)
    is_past = quiet >= max(spec.for_minutes, 2 * longest + 1) and poisson_at_most(0, per_minute * quiet) < SILENCE_CHANCE
    return Judgement(
        finding=Finding.FIRES if is_past else Finding.HOLDS,
        value=quiet,
        usual=per_minute * 60,
        minutes=quiet,
        severity=None if usual else Severity.TICKET,  # in its first day nobody knows whether it pauses at night
    )


def gaps(minutes: Sequence[Minute]) -> tuple[int, int]:
    """For how many full minutes nothing has come, and the longest gap between two calls before that."""
    longest = run = 0
    has_begun = False
    for minute in minutes[:-1]:
        if minute.calls:
            longest, run, has_begun = max(longest, run if has_begun else 0), 0, True
        else:
            run += 1
    return (0 if not minutes or minutes[-1].calls else run), longest


def _least_before(minutes: Sequence[Minute], quiet: int) -> float:
    """The calls of the quietest hour before the silence; 0 with less than an hour since the first call."""
    first = next((index for index, one in enumerate(minutes) if one.calls), len(minutes))
    before = [one.calls for one in minutes[first : -1 - quiet]]
    found = [sum(before[max(0, end - 60) : end]) for end in range(len(before), 59, -60)]
    return float(min(found, default=0))


def _quota(spec: RuleSpec, evidence: Evidence) -> Judgement:
    """Little is left of an allowance, or it is spent before it is given anew."""
    if evidence.quota_left is None:
        return Judgement(finding=Finding.UNKNOWN)
    soon = evidence.quota_ends_at is not None and evidence.quota_ends_at <= evidence.now + timedelta(minutes=spec.for_minutes)
    if evidence.quota_left <= spec.threshold or soon:
        minutes = int((evidence.quota_ends_at - evidence.now) / timedelta(minutes=1)) if evidence.quota_ends_at else 0
        return Judgement(finding=Finding.FIRES, value=evidence.quota_left, threshold=spec.threshold, minutes=max(0, minutes))
    finding = Finding.CLEAR if evidence.quota_left > spec.threshold * 1.5 else Finding.HOLDS
    return Judgement(finding=finding, value=evidence.quota_left, threshold=spec.threshold)


def _last(evidence: Evidence, length: int) -> Sequence[Minute]:
    """The last full minutes, without the one that runs, whose times and sums are not complete."""
    since, until = evidence.now - timedelta(minutes=length + 1), evidence.now - timedelta(minutes=1)
    return [one for one in evidence.minutes[-length - 2 :] if since < one.at <= until]


def _time(minute: Minute, metric: Metric) -> float | None:
    return minute.p95_ms if metric is Metric.P95_MS else minute.first_token_p95_ms


def _present(metric: Metric, last: Sequence[Minute]) -> float | None:
    """What a metric is now, in the unit of the hours that it is compared with."""
    if not last:
        return None
    if metric is Metric.COST_PER_HOUR:
        return sum(one.cost_picos for one in last) / PICOS * 60 / len(last)
    if metric is Metric.CALLS_PER_MINUTE:
        return sum(one.calls for one in last) * 60 / len(last)
    if sum(one.calls for one in last) < LEAST_WAITED:
        return None
    value = middle([(_time(one, metric), one.calls) for one in last])
    return None if np.isnan(value) else value


_COLUMNS: Mapping[Metric, int] = {
    Metric.FAILURE_RATE: columns.FAILURES,
    Metric.P95_MS: columns.P95,
    Metric.FIRST_TOKEN_MS: columns.FIRST_TOKEN,
    Metric.COST_PER_HOUR: columns.COST,
    Metric.CALLS_PER_MINUTE: columns.CALLS,
}
_JUDGES: Mapping[Kind, Callable[[RuleSpec, Evidence], Judgement]] = {
    Kind.OUTAGE: _outage,
    Kind.BURN_RATE: _burn_rate,
    Kind.THRESHOLD: _threshold,
    Kind.ANOMALY: _anomaly,
    Kind.SILENCE: _silence,
    Kind.QUOTA: _quota,
}
JUDGED = frozenset(_JUDGES)
