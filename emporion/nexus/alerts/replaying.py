"""A rule over minutes that are past: when it would have spoken, by the same judgement as live. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emporion.nexus.alerts.holding import Change, Held, step
from emporion.nexus.alerts.hours import Hours, floor_hour
from emporion.nexus.alerts.judging import Evidence, judge
from emporion.nexus.alerts.types import Kind, RuleSpec, Severity
from emporion.nexus.apis.types import Minute

MINUTE = timedelta(minutes=1)
SEEN = 366  # minutes that are in sight at once, as live


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One time that a rule would have spoken; `ended_at` is None where it still would."""

    started_at: datetime
    ended_at: datetime | None
    worst: float | None
    severity: Severity


def replay(spec: RuleSpec, minutes: Sequence[Minute], *, objective: float = 0.99, stride: int = 1) -> list[Episode]:
    """The episodes of a rule over minutes without gaps, oldest first, looked at every `stride` minutes."""
    if not minutes:
        return []
    hours, held, hour_began = Hours(floor_hour(minutes[0].at)), Held(), 0
    found: list[Episode] = []
    for index in range(0, len(minutes), stride):
        now = minutes[index].at + MINUTE
        if floor_hour(now) > hours.end:
            hours.take(minutes[hour_began : index + 1], floor_hour(now))
            hour_began = index + 1
        seen = minutes[max(0, index + 1 - SEEN) : index + 1]
        judged = judge(spec, Evidence(now=now, minutes=seen, hours=hours, objective=spec.objective or objective))
        held, change = step(held, judged.finding, now)
        if change is Change.BEGINS:
            severity = judged.severity or spec.severity
            found.append(Episode(started_at=now, ended_at=None, worst=judged.value, severity=severity))
        elif found and change is not Change.NONE:
            found[-1] = _gone_on(found[-1], change, judged.value, now)
    return found


def stride_of(spec: RuleSpec) -> int:
    """How many minutes apart looks may be: a long window changes slowly, and a page waits for the answer."""
    return 5 if spec.kind in {Kind.BURN_RATE, Kind.ANOMALY} else 1


def _gone_on(episode: Episode, change: Change, value: float | None, now: datetime) -> Episode:
    worst = max((one for one in (episode.worst, value) if one is not None), default=None)
    return Episode(
        started_at=episode.started_at,
        ended_at=now if change is Change.ENDS else None,
        worst=worst,
        severity=episode.severity,
    )
