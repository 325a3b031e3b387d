"""What an alert and a problem say, in one title and one sentence that a person understands half asleep."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from emporion.nexus.alerts.judging import Judgement
from emporion.nexus.alerts.types import AlertView, Kind, Metric, RuleSpec
from emporion.nexus.apis.types import Impact

_MEASURES: Mapping[Metric, str] = {
    Metric.FAILURE_RATE: "failure rate",
    Metric.THROTTLED_SHARE: "share of throttled calls",
    Metric.P95_MS: "p95 of the answer time",
    Metric.FIRST_TOKEN_MS: "time to the first token",
    Metric.CALLS_PER_MINUTE: "calls a minute",
    Metric.COST_PER_HOUR: "cost an hour",
    Metric.QUOTA_LEFT: "quota",
}
# Which alert tells most about a problem that has several.
_TELLING = (
    Kind.OUTAGE,
    Kind.SILENCE,
    Kind.CHECK,
    Kind.QUOTA,
    Kind.THRESHOLD,
    Kind.BURN_RATE,
    Kind.HEARTBEAT,
    Kind.ANOMALY,
    Kind.PROVIDER,
    Kind.EXTERNAL,
    Kind.BUDGET,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A title of a few words and one sentence."""

    title: str
    sentence: str


def percent(share: float) -> str:
    """`12.4%`, `99.95%`: as many digits as mean something."""
    value = share * 100
    digits = 0 if value >= 99.995 or value == int(value) else 2 if value > 99 else 1
    return f"{value:.{digits}f}%"


def measured(metric: Metric, value: float) -> str:
    """A figure with its unit."""
    if metric.is_share:
        return percent(value)
    if metric in {Metric.P95_MS, Metric.FIRST_TOKEN_MS}:
        return duration(value)
    return f"${value:,.2f}" if metric is Metric.COST_PER_HOUR else f"{value:,.0f}"


def duration(milliseconds: float) -> str:
    """`840 ms`, `4.6 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def span(minutes: int) -> str:
    """`5 minutes`, `3 days`."""
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size and (minutes % size == 0 or minutes >= 2 * size):
            count = round(minutes / size)
            return f"{count} {word}" + ("s" if count != 1 else "")
    return "a moment"


def of_alert(spec: RuleSpec, found: Judgement, name: str) -> Words:
    """What an alert of a rule says; `name` is what it is about."""
    return _WORDS[spec.kind](spec, found, name)


def _outage(spec: RuleSpec, found: Judgement, name: str) -> Words:
    share = percent(found.value or 0)
    what = "every call fails" if (found.value or 0) >= 0.995 else "most calls fail"
    return Words(title=f"{name}: {what}", sentence=f"{share} of the calls of the last {span(found.minutes)} failed.")


def _burn_rate(spec: RuleSpec, found: Judgement, name: str) -> Words:
    rate = found.value or 0
    times = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
    return Words(
        title=f"{name} error budget burns {times} times too fast",
        sentence=f"At this rate a month's budget is spent in {span(max(1, round(43_200 / rate)) if rate else 0)}."
        f" Seen over {span(found.minutes)}.",
    )


def _threshold(spec: RuleSpec, found: Judgement, name: str) -> Words:
    value, limit = measured(spec.metric, found.value or 0), measured(spec.metric, spec.threshold)
    measure = _MEASURES[spec.metric]
    if spec.metric is Metric.FAILURE_RATE:
        title = f"{name}: {value} of calls fail"
    elif spec.metric is Metric.THROTTLED_SHARE:
        title = f"{name} throttles {value} of calls"
    else:
        title = f"{name} {measure} over {limit}"
    return Words(title=title, sentence=f"The {measure} was {value} in the last {span(spec.for_minutes)}; the limit is {limit}.")


def _anomaly(spec: RuleSpec, found: Judgement, name: str) -> Words:
    if spec.metric is Metric.FAILURE_RATE:
        return Words(
            title=f"{name} fails more often than it does",
            sentence=f"{found.value or 0:,.0f} calls failed in the last hour; {found.usual or 0:,.1f} is usual.",
        )
    hourly = Metric.COST_PER_HOUR if spec.metric is Metric.COST_PER_HOUR else spec.metric
    value, usual = measured(hourly, found.value or 0), measured(hourly, found.usual or 0)
    measure = "calls an hour" if spec.metric is Metric.CALLS_PER_MINUTE else _MEASURES[spec.metric]
    times = (found.value or 0) / found.usual if found.usual else 0
    return Words(
        title=f"{name} {measure} is {times:.1f} times the usual",
        sentence=f"It is {value}; at this hour {usual} is usual.",
    )


def _silence(spec: RuleSpec, found: Judgement, name: str) -> Words:
    return Words(
        title=f"No calls reach {name}",
        sentence=f"Nothing came for {span(found.minutes)}; at this hour {found.usual or 0:,.0f} calls or more are usual.",
    )


def _quota(spec: RuleSpec, found: Judgement, name: str) -> Words:
    left = percent(found.value or 0)
    end = f" At this pace it is spent in {span(found.minutes)}." if found.minutes else ""
    return Words(title=f"{name} quota: {left} left", sentence=f"{left} of the allowance is left.{end}")


_WORDS: Mapping[Kind, Callable[[RuleSpec, Judgement, str], Words]] = {
    Kind.OUTAGE: _outage,
    Kind.BURN_RATE: _burn_rate,
    Kind.THRESHOLD: _threshold,
    Kind.ANOMALY: _anomaly,
    Kind.SILENCE: _silence,
    Kind.QUOTA: _quota,
}


def of_rule(spec: RuleSpec) -> str:
    """What a rule does, in one sentence."""
    measure, limit, length = _MEASURES[spec.metric], measured(spec.metric, spec.threshold), span(spec.for_minutes)
    objective = percent(spec.objective) if spec.objective else "its target"
    past = f"over {limit} for {length}" if spec.threshold else f"over what the API's page allows, for {length}"
    said = {
        Kind.OUTAGE: "at least half of the calls of the last minute or two fail, and not by chance",
        Kind.BURN_RATE: f"the error budget of {objective} is spent too fast, over 1 hour, 6 hours or 3 days",
        Kind.SILENCE: f"calls that always come at this hour stop for {length} or more",
        Kind.QUOTA: f"{limit} of the quota is left, or it will be spent within {length}",
        Kind.ANOMALY: f"the {measure} is not what it usually is at this hour of the week",
        Kind.THRESHOLD: f"the {measure} is {past}",
    }
    return f"Speaks when {said[spec.kind]}."


def most_telling(alerts: Sequence[AlertView]) -> AlertView:
    """The alert that says best what is wrong."""
    return min(alerts, key=lambda one: (one.severity.rank, _TELLING.index(one.kind), one.started_at))


def of_problem(alerts: Sequence[AlertView], impact: Impact | None) -> Words:
    """What a problem says: what its most telling alert says, and who feels it where that was counted."""
    best = most_telling(alerts)
    if impact is None or not impact.failed_calls:
        return Words(title=best.title, sentence=best.sentence)
    calls = f"{impact.failed_calls:,} call{'s' if impact.failed_calls != 1 else ''} failed"
    if not impact.customers:
        return Words(title=best.title, sentence=f"{calls}{_features(impact)}.")
    people = f"{impact.customers:,} customer{'s' if impact.customers != 1 else ''}"
    part = f" ({percent(impact.customers / impact.active_customers)} of those active)" if impact.active_customers else ""
    return Words(title=best.title, sentence=f"{calls} for {people}{part}{_features(impact)}.")


def _features(impact: Impact) -> str:
    names = [one.name for one in impact.features if one.name][:2]
    return f", mostly in {' and '.join(names)}" if names else ""


def ago(length: timedelta) -> str:
    """How long something has lasted."""
    return span(max(1, int(length / timedelta(minutes=1))))


def joined(reasons: Iterable[str]) -> str:
    """Reasons as one line."""
    return "; ".join(reasons)
