"""Limits that history suggests: past what is ordinary by a margin, and quieter where a rule only made noise. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from emporion.nexus.alerts import hours as columns
from emporion.nexus.alerts.hours import Hours
from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, RuleView, Severity
from emporion.nexus.alerts.wording import measured

LEAST_HOURS = 48
MARGIN = 1.5
NOISE, NOISE_MINUTES = 4, 15
STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A rule to add or to change, and why; `rule_id` is the rule that it would change."""

    spec: RuleSpec
    why: str
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How often a rule spoke lately, how often it was over by itself within minutes, and how high its figure went."""

    rule: RuleView
    times: int
    short: int
    highest: float


def from_hours(api_id: UUID, name: str, hours: Hours, own: list[RuleSpec]) -> Iterator[Suggestion]:
    """What the last four weeks of an API suggest that no rule watches yet."""
    if hours.known < LEAST_HOURS:
        return
    watched = {spec.metric for spec in own if spec.kind is Kind.THRESHOLD and spec.threshold and spec.api_id == api_id}
    for metric, column in ((Metric.P95_MS, columns.P95), (Metric.COST_PER_HOUR, columns.COST)):
        known = hours.table[:, column]
        known = known[~np.isnan(known)]
        if metric in watched or len(known) < LEAST_HOURS:
            continue
        ordinary = float(np.quantile(known, 0.99))
        limit = rounded_up(ordinary * MARGIN)
        if limit <= 0:
            continue
        spec = RuleSpec(
            kind=Kind.THRESHOLD,
            name=f"{name}: {'slow' if metric is Metric.P95_MS else 'dear'}",
            metric=metric,
            api_id=api_id,
            threshold=limit,
            for_minutes=10 if metric is Metric.P95_MS else 60,
            severity=Severity.TICKET,
        )
        yield Suggestion(spec=spec, why=f"In 99 of 100 hours it stays under {measured(metric, ordinary)}.")


def from_noise(noise: Noise) -> Suggestion | None:
    """A rule that speaks often and is over by itself each time wants a higher limit."""
    spec = noise.rule.spec
    if spec.kind is not Kind.THRESHOLD or noise.times < NOISE or noise.short < 0.75 * noise.times or not spec.threshold:
        return None
    limit = rounded_up(max(noise.highest, spec.threshold) * 1.1)
    if spec.metric.is_share:
        limit = min(limit, 0.5)
    if limit <= spec.threshold:
        return None
    quieter = replace(spec, threshold=limit)
    why = f"It spoke {noise.times} times in 14 days and was over by itself within {NOISE_MINUTES} minutes {noise.short} times."
    return Suggestion(spec=quieter, why=why, rule_id=noise.rule.id)


def rounded_up(value: float) -> float:
    """The next number that a person would choose: 1, 1.5, 2, … times a power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** int(np.floor(np.log10(value)))
    return float(next((step * power for step in STEPS if step * power >= value * 0.999), 10 * power))
