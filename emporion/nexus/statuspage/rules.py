"""Decides, without I/O, how a page and its components do, and how public ids and addresses look."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from emporion.nexus.statuspage.types import OVER, ComponentStatus, DayView, Indicator, Stage

HISTORY_DAYS = 90
WORST = list(ComponentStatus)
SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]$")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# A minute counts as down from here on: one in ten calls fails is what people notice; below it the page says degraded.
DOWN_FROM, OUT_FROM = 0.10, 0.50


def code_of(kind: str, key: UUID) -> str:
    """The public id of something: twelve signs that say nothing about our own id."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{key}".encode()).digest()[:8], "big")
    signs = ""
    for _position in range(12):
        number, digit = divmod(number, 36)
        signs += DIGITS[digit]
    return signs


def slug_from(name: str) -> str:
    """An address proposed from a name."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    return words if SLUG.match(words) else ""


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The worst of some statuses; operational without any."""
    return max(statuses, key=WORST.index, default=ComponentStatus.OPERATIONAL)


def indicator_of(statuses: Sequence[ComponentStatus], impacts: Sequence[Indicator]) -> Indicator:
    """How the whole page does: by the components, and by what was said about incidents that go on."""
    ranks = [Indicator.NONE, Indicator.MAINTENANCE, Indicator.MINOR, Indicator.MAJOR, Indicator.CRITICAL]
    from_parts = {
        ComponentStatus.OPERATIONAL: Indicator.NONE,
        ComponentStatus.UNDER_MAINTENANCE: Indicator.MAINTENANCE,
        ComponentStatus.DEGRADED: Indicator.MINOR,
        ComponentStatus.PARTIAL_OUTAGE: Indicator.MAJOR,
        ComponentStatus.MAJOR_OUTAGE: Indicator.CRITICAL,
    }
    found = [from_parts[status] for status in statuses] + list(impacts)
    return max(found, key=ranks.index, default=Indicator.NONE)


def component_status(impact: Indicator) -> ComponentStatus:
    """What a component shows while an incident of that impact is about it."""
    return {
        Indicator.NONE: ComponentStatus.OPERATIONAL,
        Indicator.MINOR: ComponentStatus.DEGRADED,
        Indicator.MAJOR: ComponentStatus.PARTIAL_OUTAGE,
        Indicator.CRITICAL: ComponentStatus.MAJOR_OUTAGE,
        Indicator.MAINTENANCE: ComponentStatus.UNDER_MAINTENANCE,
    }[impact]


def impact_of(severity: int) -> Indicator:
    """How the public reads a severity."""
    return {1: Indicator.CRITICAL, 2: Indicator.MAJOR, 3: Indicator.MINOR}.get(severity, Indicator.NONE)


def status_from(calls: int, failures: int, allowed: float) -> ComponentStatus:
    """How an API does by its calls; `allowed` is the share that may fail. A single failed call says nothing."""
    if calls == 0 or failures <= 1:
        return ComponentStatus.OPERATIONAL
    rate = failures / calls
    if rate >= OUT_FROM:
        return ComponentStatus.MAJOR_OUTAGE
    if rate >= DOWN_FROM:
        return ComponentStatus.PARTIAL_OUTAGE
    return ComponentStatus.DEGRADED if rate > allowed else ComponentStatus.OPERATIONAL


def is_down(status: ComponentStatus) -> bool:
    """Whether a minute with that status counts against the uptime."""
    return status in {ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE}


def uptime(days: Sequence[DayView]) -> float | None:
    """The share of good minutes over some days; `None` when nothing is known of any."""
    seen = sum(day.seen_minutes for day in days)
    return 1 - sum(day.bad_minutes for day in days) / seen if seen else None


def filled(days: Sequence[DayView], today: date) -> tuple[DayView, ...]:
    """The last ninety days without gaps, oldest first."""
    known = {day.on: day for day in days}
    every = (today - timedelta(days=back) for back in range(HISTORY_DAYS - 1, -1, -1))
    return tuple(known.get(on, DayView(on=on, seen_minutes=0, bad_minutes=0, worst=ComponentStatus.OPERATIONAL)) for on in every)


def minutes_of_day(began: datetime, ended: datetime, on: date) -> set[int]:
    """Which minutes of a day of UTC lie in a stretch of time, counted from its midnight."""
    midnight = began.replace(year=on.year, month=on.month, day=on.day, hour=0, minute=0, second=0, microsecond=0)
    first = max(int((began - midnight).total_seconds() // 60), 0)
    last = min(int(-((midnight - ended).total_seconds() // 60)), 1440)
    return set(range(first, last))


def is_over(stage: Stage) -> bool:
    """Whether nothing more is expected."""
    return stage in OVER
