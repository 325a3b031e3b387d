"""Figures, lengths, rules and problems in words; what an alert says is in `saying`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from emporion.kernel.amounts import in_percent
from emporion.nexus.alerts.types import AlertView, Kind, Metric, RuleSpec
from emporion.nexus.apis.types import Impact

_MEASURES = {
    Metric.FAILURE_RATE: gettext_lazy("failure rate"),
    Metric.THROTTLED_SHARE: gettext_lazy("share of throttled calls"),
    Metric.P95_MS: gettext_lazy("p95 of the answer time"),
    Metric.FIRST_TOKEN_MS: gettext_lazy("time to the first token"),
    Metric.CALLS_PER_MINUTE: gettext_lazy("calls a minute"),
    Metric.COST_PER_HOUR: gettext_lazy("cost an hour"),
    Metric.QUOTA_LEFT: gettext_lazy("quota"),
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
    return f"{in_percent(share, digits):f}%"


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
    for size in (1440, 60, 1):
        if minutes >= size and (minutes % size == 0 or minutes >= 2 * size):
            return _counted(round(minutes / size), size)
    return _("a moment")


def span_of_seconds(seconds: int) -> str:
    """`24 seconds`."""
    return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}


def _counted(count: int, size: int) -> str:
    words = {
        1440: ngettext("%(count)s day", "%(count)s days", count),
        60: ngettext("%(count)s hour", "%(count)s hours", count),
        1: ngettext("%(count)s minute", "%(count)s minutes", count),
    }
    return words[size] % {"count": count}


def measures(metric: Metric, *, is_hourly: bool = False) -> str:
    """What a metric is called; where hours are compared, calls are counted by the hour, too."""
    if is_hourly and metric is Metric.CALLS_PER_MINUTE:
        return _("calls an hour")
    return str(_MEASURES[metric])


def of_times(value: float, usual: float) -> str:
    """How many times the usual something is."""
    return f"{value / usual if usual else 0:.1f}"


def of_rule(spec: RuleSpec) -> str:
    """What a rule does, in one sentence."""
    facts = {
        "measure": measures(spec.metric),
        "limit": measured(spec.metric, spec.threshold),
        "length": span(spec.for_minutes),
        "objective": percent(spec.objective),
    }
    return _template(spec) % facts


def _template(spec: RuleSpec) -> str:
    if spec.kind is Kind.BURN_RATE and not spec.objective:
        return _("Speaks when the error budget of its target is spent too fast, over 1 hour, 6 hours or 3 days.")
    if spec.kind is Kind.THRESHOLD and not spec.threshold:
        return _("Speaks when the %(measure)s is over what the API's page allows, for %(length)s.")
    return {
        Kind.OUTAGE: _("Speaks when at least half of the calls of the last minute or two fail, and not by chance."),
        Kind.BURN_RATE: _("Speaks when the error budget of %(objective)s is spent too fast, over 1 hour, 6 hours or 3 days."),
        Kind.SILENCE: _("Speaks when calls that always come at this hour stop for %(length)s or more."),
        Kind.QUOTA: _("Speaks when %(limit)s of the quota is left, or it will be spent within %(length)s."),
        Kind.ANOMALY: _("Speaks when the %(measure)s is not what it usually is at this hour of the week."),
        Kind.THRESHOLD: _("Speaks when the %(measure)s is over %(limit)s for %(length)s."),
    }[spec.kind]


def most_telling(alerts: Sequence[AlertView]) -> AlertView:
    """The alert that says best what is wrong."""
    return min(alerts, key=lambda one: (one.severity.rank, _TELLING.index(one.kind), one.started_at))


def of_problem(said: Words, impact: Impact | None) -> Words:
    """What a problem says: what its most telling alert says, and who feels it where that was counted."""
    if impact is None or not impact.failed_calls:
        return said
    facts = {
        "calls": ngettext("%(count)s call failed", "%(count)s calls failed", impact.failed_calls)
        % {"count": f"{impact.failed_calls:,}"},
        "people": ngettext("%(count)s customer", "%(count)s customers", impact.customers) % {"count": f"{impact.customers:,}"},
        "share": percent(impact.customers / impact.active_customers) if impact.active_customers else "",
        "features": _(" and ").join([one.name for one in impact.features if one.name][:2]),
    }
    return Words(title=said.title, sentence=_who_feels(impact, bool(facts["features"])) % facts)


def _who_feels(impact: Impact, is_in_features: bool) -> str:
    """One sentence for each of what may be known, as a language may order its parts otherwise."""
    if not impact.customers:
        return _("%(calls)s, mostly in %(features)s.") if is_in_features else _("%(calls)s.")
    if not impact.active_customers:
        return _("%(calls)s for %(people)s, mostly in %(features)s.") if is_in_features else _("%(calls)s for %(people)s.")
    if is_in_features:
        return _("%(calls)s for %(people)s (%(share)s of those active), mostly in %(features)s.")
    return _("%(calls)s for %(people)s (%(share)s of those active).")


def ago(length: timedelta) -> str:
    """How long something has lasted."""
    return span(max(1, int(length / timedelta(minutes=1))))


def joined(reasons: Iterable[str]) -> str:
    """Reasons as one line."""
    return "; ".join(reasons)
