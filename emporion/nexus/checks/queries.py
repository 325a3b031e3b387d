"""Reading checks and what came of them; every question begins at the actor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Sum

from emporion.nexus.checks.errors import CheckNotFound
from emporion.nexus.checks.models import CheckHour, CheckRow, Station
from emporion.nexus.checks.types import Assertion, Check, CheckRun, CheckSpec, CheckState, Expectation
from emporion.plumbing.secrets import decrypt
from emporion.plumbing.types import Actor, Permission
from emporion.store import shared_store
from emporion.store.query import Parameter

HOURS_SHOWN = 24
MONTH = timedelta(days=30)
MOST_RUNS = 60
_WORST = {
    CheckState.FAILING: 0,
    CheckState.UNASKED: 1,
    CheckState.SHAKY: 2,
    CheckState.NEW: 3,
    CheckState.PASSING: 4,
    CheckState.PAUSED: 5,
}
# So long after its time a check is not only late: the processes that could ask are gone.
_OVERDUE = timedelta(minutes=3)
_STATION_KNOWN = timedelta(days=1)


def checks_of(actor: Actor, project_id: UUID, *, now: datetime | None = None) -> tuple[Check, ...]:
    """The checks of a project, those that fail first; with uptimes and hours where `now` is given."""
    actor.require(Permission.VIEW, project_id)
    rows = list(CheckRow.objects.of(actor).filter(project_id=project_id, removed_at=None))
    figures = _figures([row.pk for row in rows], now) if now else {}
    views = [check_view(row, figures.get(row.pk), now) for row in rows]
    return tuple(sorted(views, key=lambda view: (_WORST[view.state], view.spec.name.lower())))


def check_of(actor: Actor, check_id: UUID, *, now: datetime) -> Check:
    """One check that the actor sees; CheckNotFound otherwise."""
    row = CheckRow.objects.of(actor).filter(pk=check_id, removed_at=None).first()
    if row is None:
        raise CheckNotFound(check_id=check_id)
    return check_view(row, _figures([row.pk], now).get(row.pk), now)


def removed_check(actor: Actor, check_id: UUID | None) -> Check | None:
    """A check that was taken away and could come back."""
    if check_id is None or actor.organisation_id is None:
        return None
    row = CheckRow.objects.of(actor).filter(pk=check_id).exclude(removed_at=None).first()
    return check_view(row, None) if row and actor.may(Permission.CONFIGURE, row.project_id) else None


def regions(now: datetime) -> tuple[str, ...]:
    """From where checks can be asked: the regions of the processes that were heard of within a day."""
    return tuple(Station.objects.filter(seen_at__gt=now - _STATION_KNOWN).order_by("region").values_list("region", flat=True))


def runs_of(actor: Actor, check_id: UUID, *, now: datetime, only_failed: bool = False) -> list[CheckRun]:
    """The last runs of a check, newest first, of the last week. StoreUnavailable."""
    row = CheckRow.objects.of(actor).filter(pk=check_id, removed_at=None).first()
    if row is None:
        raise CheckNotFound(check_id=check_id)
    sql = (
        "SELECT occurred_at AS at, is_ok, status, duration_us / 1000 AS duration_ms, connect_us / 1000 AS connect_ms,"
        " if(certificate_days < 0, NULL, certificate_days) AS certificate_days, region, failed_assertion AS failed, detail"
        " FROM checks_ran FINAL WHERE project_id = {project:UUID} AND check_id = {check:UUID}"
        " AND occurred_at >= {since:DateTime64(3)} AND (is_ok = 0 OR {all:UInt8} = 1)"
        " ORDER BY occurred_at DESC LIMIT {most:UInt32}"
    )
    params: Mapping[str, Parameter] = {
        "project": row.project_id,
        "check": row.pk,
        "since": now - timedelta(days=7),
        "all": int(not only_failed),
        "most": MOST_RUNS,
    }
    return shared_store(settings.EVENTS_URL).rows(sql, params, as_=CheckRun)


class _Figures(msgspec.Struct, frozen=True):
    """What the hours of a check say: shares of good runs, and milliseconds of each of the last hours."""

    day: float | None
    month: float | None
    hours: tuple[float, ...]


def _figures(check_ids: Collection[UUID], now: datetime | None) -> Mapping[UUID, _Figures]:
    """Two questions for any number of checks."""
    if now is None or not check_ids:
        return {}
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS_SHOWN - 1)
    month = {
        row["check_of"]: (row["runs"], row["failures"])
        for row in CheckHour.objects.filter(check_of__in=check_ids, hour__gte=now - MONTH)
        .values("check_of")
        .annotate(runs=Sum("runs"), failures=Sum("failures"))
    }
    lately: dict[UUID, list[CheckHour]] = {}
    for hour in CheckHour.objects.filter(check_of__in=check_ids, hour__gte=first):
        lately.setdefault(hour.check_of_id, []).append(hour)
    return {check_id: _figures_of(lately.get(check_id, ()), month.get(check_id), first) for check_id in check_ids}


def _figures_of(hours: Sequence[CheckHour], month: tuple[int, int] | None, first: datetime) -> _Figures:
    runs, failures = sum(hour.runs for hour in hours), sum(hour.failures for hour in hours)
    by_place = {int((hour.hour - first).total_seconds() // 3600): hour for hour in hours}
    means = [
        round(hour.answered_us / hour.answers / 1000, 1) if (hour := by_place.get(place)) and hour.answers else 0.0
        for place in range(HOURS_SHOWN)
    ]
    return _Figures(day=_share(runs, failures), month=_share(*month) if month else None, hours=tuple(means))


def _share(runs: int, failures: int) -> float | None:
    return (runs - failures) / runs if runs else None


def spec_of(row: CheckRow) -> CheckSpec:
    """What a check asks and expects."""
    return CheckSpec(
        name=row.name,
        url=row.url,
        api_id=row.api_id,
        method=row.method,
        headers=msgspec.json.decode(decrypt(row.headers), type=dict[str, str]) if row.headers else {},
        body=row.body,
        interval_seconds=row.interval_seconds,
        timeout_seconds=row.timeout_seconds,
        retries=row.retries,
        assertions=tuple(
            Assertion(kind=Expectation(one["kind"]), value=one["value"], name=one.get("name", "")) for one in row.assertions
        ),
        asked_from=row.asked_from,
    )


def check_view(row: CheckRow, figures: _Figures | None, now: datetime | None = None) -> Check:
    """A check as its people see it; with `now` also whether it is asked at all."""
    return Check(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        spec=spec_of(row),
        state=_state(row, now),
        since=row.since,
        created_at=row.created_at,
        last_at=row.last_at,
        next_at=row.next_at,
        last_status=row.last_status,
        last_ms=None if row.last_us is None else row.last_us / 1000,
        last_problem=row.last_problem,
        certificate_days=row.certificate_days,
        region=row.region,
        uptime_day=figures.day if figures else None,
        uptime_month=figures.month if figures else None,
        hours=figures.hours if figures else (),
    )


def _state(row: CheckRow, now: datetime | None) -> CheckState:
    if row.paused_at:
        return CheckState.PAUSED
    is_overdue = now is not None and row.next_at is not None and now - row.next_at > _OVERDUE
    return CheckState.UNASKED if is_overdue and row.state != CheckState.FAILING else CheckState(row.state)
