"""How components did, day by day, and how they do now: from the calls of their API, from its checks and from what was posted.

A day is counted again while it lasts and once after it is over; the days before a component was made are counted once.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from emporion.nexus.apis import figures
from emporion.nexus.apis.queries import watches_of
from emporion.nexus.apis.types import Scope, Watch
from emporion.nexus.statuspage import rules
from emporion.nexus.statuspage.actions import touch
from emporion.nexus.statuspage.models import Component, ComponentDay, IncidentComponent
from emporion.nexus.statuspage.types import ComponentStatus
from emporion.plumbing.types import Actor

NOW_LOOKS_AT = timedelta(minutes=5)
SETTLES = timedelta(hours=1)  # into the next day: calls that were told late


def follow(component: Component, *, now: datetime) -> bool:
    """Sets a component's status to what its API does now; whether that changed it."""
    if component.api_id is None or not component.follows:
        return False
    actor = Actor.system(component.page.organisation_id)
    seen = figures.figures(actor, _scope(component), now - NOW_LOOKS_AT, now)
    status = rules.status_from(seen.calls, seen.failures, _allowed(actor, component))
    if status == component.status:
        return False
    Component.objects.filter(pk=component.pk).update(status=status, updated_at=now)
    touch(component.page_id, now)
    return True


def count_days(component: Component, *, now: datetime) -> int:
    """Counts the days of a component that are not final yet; returns how many."""
    today = now.astimezone(UTC).date()
    known = set(ComponentDay.objects.filter(component=component).values_list("on", flat=True))
    due = [today - timedelta(days=back) for back in range(rules.HISTORY_DAYS) if today - timedelta(days=back) not in known]
    due = sorted({*due, today, (now - SETTLES).astimezone(UTC).date()})
    for on in due:
        _count(component, on, now)
    if due:
        touch(component.page_id, now)
    return len(due)


def _count(component: Component, on: date, now: datetime) -> None:
    """Writes one day: minutes with calls are judged by them; minutes of a posted outage count as seen and down."""
    midnight = datetime.combine(on, time.min, UTC)
    until = min(midnight + timedelta(days=1), now)
    seen, down, statuses = _by_calls(component, midnight, until)
    for began, ended, status in _posted(component, midnight, until):
        minutes = rules.minutes_of_day(began, ended, on)
        statuses.append(status)
        if rules.is_down(status):
            seen |= minutes
            down |= minutes
    ComponentDay.objects.update_or_create(
        component=component,
        on=on,
        defaults={"seen_minutes": len(seen), "bad_minutes": len(down), "worst": rules.worst(statuses)},
    )


def _by_calls(component: Component, since: datetime, until: datetime) -> tuple[set[int], set[int], list[ComponentStatus]]:
    if component.api_id is None or until <= since:
        return set(), set(), []
    actor = Actor.system(component.page.organisation_id)
    allowed = _allowed(actor, component)
    seen, down, statuses = set(), set(), set()
    for minute in figures.minutes(actor, _scope(component), since, until):
        if not minute.calls:
            continue
        index = int((minute.at - since).total_seconds() // 60)
        status = rules.status_from(minute.calls, minute.failures, allowed)
        seen.add(index)
        statuses.add(status)
        if rules.is_down(status):
            down.add(index)
    return seen, down, list(statuses)


def _posted(component: Component, since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime, ComponentStatus]]:
    rows = IncidentComponent.objects.filter(component=component, incident__began_at__lt=until).select_related("incident")
    for row in rows:
        ended = row.incident.resolved_at or until
        if ended > since and (row.incident.scheduled_for is None or row.incident.stage != "scheduled"):
            yield max(row.incident.began_at, since), min(ended, until), ComponentStatus(row.status)


def _scope(component: Component) -> Scope:
    return Scope(project_id=component.page.project_id, api_id=component.api_id, feature=component.feature)


def _allowed(actor: Actor, component: Component) -> float:
    found = watches_of(actor, component.page.project_id)
    watch = found.get(component.api_id) if component.api_id else None
    return 1 - (watch.target if watch else Watch(api_id=component.id).target)
