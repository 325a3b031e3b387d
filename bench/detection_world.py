"""Traffic for the benchmark of detection: real arrivals replayed, whole weeks made from them, and faults put in.

The arrivals are an hour of a public trace (Azure, November 2023). Weeks are *made*: each minute has the traces' mean rate times a
daily and weekly rhythm, with the trace's own overdispersion, a small failure rate that comes in bursts, and times that follow
the generated tokens. So the false alarms are those of made weeks with real roughness, not of a real month.
"""

import csv
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from emporion.nexus.alerts.holding import Change, Held, step
from emporion.nexus.alerts.hours import Hours, floor_hour
from emporion.nexus.alerts.judging import LEAST_FAILURES, LONGEST_STRETCH, Evidence, judge
from emporion.nexus.alerts.types import RuleSpec
from emporion.nexus.apis.types import Minute, Moment

DATA = Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data") / "azure-llm-2023"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = 15.0
PIPELINE = 3.0  # seconds from the end of a call to where its figures are read: the spool's segment and the writer
CLEAN_FAILURES = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: when, in seconds from the start, how long it took, whether it failed."""

    at: float
    milliseconds: float
    failed: bool = False


def arrivals(name: str, *, every: int = 1) -> list[Call]:
    """The calls of a trace; every so manieth of them, for a quieter API."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))[::every]
    moments = [datetime.fromisoformat(row["TIMESTAMP"][:26]) for row in rows]
    return [
        Call(at=(moment - moments[0]).total_seconds(), milliseconds=400 + 25 * int(row["GeneratedTokens"]))
        for moment, row in zip(moments, rows, strict=True)
    ]


def week_of_minutes(calls: Sequence[Call], weeks: int, seed: int) -> list[Minute]:
    """Weeks of minutes with a rhythm, from the rate, the roughness and the times of a trace."""
    dice = np.random.default_rng(seed)
    per_minute = np.bincount([int(one.at // 60) for one in calls])[1:-1]
    mean, variance = float(per_minute.mean()), float(per_minute.var())
    times = np.array([one.milliseconds for one in calls])
    found = []
    burst = 0.0
    for number in range(weeks * 7 * 1440):
        at = MONDAY + number * MINUTE
        rate = mean * rhythm(at)
        count = int(dice.negative_binomial(*_rough(rate, rate * max(1.05, variance / mean))))
        burst = 0.02 if dice.random() < 0.0005 else burst * 0.8  # a provider's hiccup of a few minutes, now and then
        failed = int(dice.binomial(count, CLEAN_FAILURES + burst))
        sample = dice.choice(times, size=min(count, 500)) if count else None
        p95 = float(np.quantile(sample, 0.95)) * float(dice.lognormal(0, 0.05)) if sample is not None else None
        found.append(Minute(at=at, calls=count, failures=failed, p95_ms=p95, cost_picos=count * 2_000_000_000))
    return found


def rhythm(at: datetime) -> float:
    """Busy afternoons, quiet nights, half as much at the weekend; 1 on average over a working day."""
    day = 1.0 + 0.6 * math.sin((at.hour + at.minute / 60 - 9) / 24 * 2 * math.pi)
    return day * (0.5 if at.weekday() >= 5 else 1.0)


def _rough(mean: float, variance: float) -> tuple[float, float]:
    size = mean * mean / (variance - mean)
    return size, size / (size + mean)


Fault = Callable[[Call, Random], Call | None]


def outage(call: Call, dice: Random) -> Call | None:
    """Every call fails."""
    return Call(at=call.at, milliseconds=call.milliseconds, failed=True)


def quarter(call: Call, dice: Random) -> Call | None:
    """A quarter of the calls fails."""
    return Call(at=call.at, milliseconds=call.milliseconds, failed=dice.random() < 0.25)


def silence(call: Call, dice: Random) -> Call | None:
    """No call is made at all."""
    return None


def slow(call: Call, dice: Random) -> Call | None:
    """Every call takes three times as long."""
    return Call(at=call.at, milliseconds=call.milliseconds * 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fault that begins some time into a trace, and the past that came before it."""

    calls: Sequence[Call]
    fault: Fault
    begins: float
    past: Hours
    seed: int


def seconds_to_alert(trial: Trial, specs: Sequence[RuleSpec], *, longest: float = 1500) -> float:
    """How long after its first call the first rule speaks, looking every 15 seconds at figures that are 3 seconds old."""
    dice = Random(trial.seed)
    lived = list(_lived(trial, dice))
    start = trial.past.end
    phase = dice.random() * TICK
    held = {one.name: Held() for one in specs}
    tick = trial.begins - 60 + phase
    while tick < trial.begins + longest:
        seen = tick - PIPELINE
        known = [one for one in lived if one.at <= seen]
        minutes, moments = counted(known, start, tick), by_moments(known, start, tick)
        now = start + timedelta(seconds=tick)
        for spec in specs:
            judged = judge(spec, Evidence(now=now, minutes=minutes, hours=trial.past, moments=moments))
            held[spec.name], change = step(held[spec.name], judged.finding, now)
            if change is Change.BEGINS and tick >= trial.begins:
                return tick - _felt(lived, trial)
        tick += TICK
    return math.inf


def _felt(lived: Sequence[Call], trial: Trial) -> float:
    """When the fault could first be known: its first call, as one of the traces has whole minutes without any."""
    if trial.fault is silence:
        return trial.begins
    return next((one.at for one in lived if one.at >= trial.begins), trial.begins)


def _lived(trial: Trial, dice: Random) -> Iterator[Call]:
    for call in trial.calls:
        if call.at < trial.begins:
            yield Call(at=call.at, milliseconds=call.milliseconds, failed=dice.random() < CLEAN_FAILURES)
        elif (changed := trial.fault(call, dice)) is not None:
            yield changed


def counted(calls: Sequence[Call], start: datetime, now: float) -> list[Minute]:
    """The minutes up to now, the last one as far as it got."""
    size = int(now // 60) + 1
    groups: list[list[Call]] = [[] for _ in range(size)]
    for call in calls:
        groups[int(call.at // 60)].append(call)
    return [
        Minute(
            at=start + number * MINUTE,
            calls=len(group),
            failures=sum(one.failed for one in group),
            p95_ms=float(np.quantile([one.milliseconds for one in group], 0.95)) if group else None,
        )
        for number, group in enumerate(groups)
    ]


def by_moments(calls: Sequence[Call], start: datetime, now: float) -> list[Moment]:
    """The calls of the last two minutes by the second in which they end, as detection reads them."""
    found: dict[int, list[Call]] = {}
    for call in calls:
        if call.at >= now - LONGEST_STRETCH.total_seconds():
            found.setdefault(int(call.at), []).append(call)
    return [
        Moment(at=start + timedelta(seconds=second), calls=len(group), failures=sum(one.failed for one in group))
        for second, group in sorted(found.items())
    ]


def false_outages(spec: RuleSpec, minutes: Sequence[Minute], seed: int) -> int:
    """How often a rule that looks at seconds speaks in minutes without a fault, looking every 15 seconds.

    The failures of a minute come one after the other, at a random place among its calls, which is worse than chance has it.
    Minutes are only looked at where there are failures enough for it to speak.
    """
    dice = np.random.default_rng(seed)
    hours, held, begun, taken = Hours(floor_hour(minutes[0].at)), Held(), 0, 0
    moments: list[Moment] = []
    for index, minute in enumerate(minutes):
        if floor_hour(minute.at) > hours.end:
            hours.take(minutes[taken:index], floor_hour(minute.at))
            taken = index
        moments = [*(one for one in moments if one.at >= minute.at - LONGEST_STRETCH), *_seconds_of(minute, dice)]
        if sum(one.failures for one in moments) < LEAST_FAILURES and not held.is_firing:
            continue
        for second in (15, 30, 45, 60):
            now = minute.at + timedelta(seconds=second)
            evidence = Evidence(
                now=now,
                minutes=_minutes_until(minutes[max(0, index - 3) : index], minute, moments, now),
                hours=hours,
                moments=[one for one in moments if one.at < now],
            )
            held, change = step(held, judge(spec, evidence).finding, now)
            begun += change is Change.BEGINS
    return begun


def _seconds_of(minute: Minute, dice: np.random.Generator) -> list[Moment]:
    """A minute by its seconds: calls where they fall, failures beside each other."""
    places = np.sort(dice.integers(0, 60, minute.calls))
    first = int(dice.integers(0, minute.calls - minute.failures + 1))
    calls = np.bincount(places, minlength=60)
    failures = np.bincount(places[first : first + minute.failures], minlength=60)
    return [
        Moment(at=minute.at + timedelta(seconds=second), calls=int(calls[second]), failures=int(failures[second]))
        for second in range(60)
        if calls[second]
    ]


def _minutes_until(before: Sequence[Minute], minute: Minute, moments: Sequence[Moment], now: datetime) -> list[Minute]:
    """The last minutes, the one that runs as far as it got."""
    own = [one for one in moments if minute.at <= one.at < now]
    return [*before, Minute(at=minute.at, calls=sum(one.calls for one in own), failures=sum(one.failures for one in own))]


def past_of(minutes: Sequence[Minute]) -> Hours:
    """Four weeks of hours, as detection would remember them."""
    end = floor_hour(minutes[-1].at + MINUTE)
    hours = Hours(end - timedelta(days=28))
    hours.take(minutes, end)
    return hours
