"""The rules that every API has from its first day, without anybody setting anything: and whom they wake. Pure."""

from collections.abc import Iterator
from uuid import UUID

from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, Severity


def default_rules(api_id: UUID, name: str) -> Iterator[tuple[str, RuleSpec]]:
    """Each default rule of an API with the key that keeps it single."""
    for key, spec in (
        ("outage", RuleSpec(kind=Kind.OUTAGE, name=f"{name}: most calls fail", severity=Severity.PAGE, for_minutes=2)),
        (
            "failures",
            RuleSpec(kind=Kind.THRESHOLD, name=f"{name}: one call in ten fails", threshold=0.1, severity=Severity.PAGE),
        ),
        ("budget", RuleSpec(kind=Kind.BURN_RATE, name=f"{name}: error budget burns", severity=Severity.PAGE)),
        ("silence", RuleSpec(kind=Kind.SILENCE, name=f"{name}: calls stop", severity=Severity.PAGE)),
        (
            "throttled",
            RuleSpec(kind=Kind.THRESHOLD, name=f"{name}: calls are throttled", metric=Metric.THROTTLED_SHARE, threshold=0.1),
        ),
        # Without a limit of its own it takes the one that the API's page notes; without either it is at rest.
        ("slow", RuleSpec(kind=Kind.THRESHOLD, name=f"{name}: slower than its target", metric=Metric.P95_MS, for_minutes=10)),
        ("slower", _anomaly(f"{name}: slower than usual", Metric.P95_MS)),
        ("first_token", _anomaly(f"{name}: first token later than usual", Metric.FIRST_TOKEN_MS)),
        ("cost", _anomaly(f"{name}: costs more than usual", Metric.COST_PER_HOUR, for_minutes=30)),
        (
            "quota",
            RuleSpec(kind=Kind.QUOTA, name=f"{name}: quota runs out", metric=Metric.QUOTA_LEFT, threshold=0.1, for_minutes=60),
        ),
    ):
        yield f"{api_id}:{key}", spec


def _anomaly(name: str, metric: Metric, for_minutes: int = 10) -> RuleSpec:
    return RuleSpec(kind=Kind.ANOMALY, name=name, metric=metric, threshold=6.0, for_minutes=for_minutes)
