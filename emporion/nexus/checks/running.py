"""Runs the checks that are due: claims each for this process, asks side by side, and keeps what came of it.

The asking happens in threads of its own. A job waits for them a short while only, so that addresses that hang do not hold the
workers up; what comes later is kept when it comes. Killed in between, a check has missed one run and takes the next.
"""

import socket
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F

from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.checks import asking, rules
from emporion.nexus.checks.events import CheckFailing, CheckRecovered, ChecksRan, RunFacts
from emporion.nexus.checks.models import CheckHour, CheckRow, Station
from emporion.nexus.checks.queries import spec_of
from emporion.nexus.checks.types import CheckSpec, CheckState, Judged
from emporion.plumbing.actions import publish

log = structlog.get_logger(__name__)
AT_ONCE = 24
MOST_AT_A_TIME = 500
PATIENCE_SECONDS = 4.0
REPORTED_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A run that this process has taken on."""

    check_id: UUID
    spec: CheckSpec
    at: datetime


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="checks")


def run_due(*, now: datetime) -> int:
    """Runs every check whose time has come; returns how many."""
    _report(now)
    claims = claim_due(now=now)
    asked = {_threads().submit(asking.run, claim.spec, now=now): claim for claim in claims}
    done, late = wait(asked, timeout=PATIENCE_SECONDS)
    keep([(asked[future], judged) for future in done if (judged := _came_of(future)) is not None])
    for future in late:
        future.add_done_callback(partial(_keep_late, asked[future]))
    return len(claims)


def _came_of(future: "Future[Judged]") -> Judged | None:
    """What a run came to; one that broke on our side takes no other with it."""
    if (error := future.exception()) is not None:
        log.error("checks.run_broke", exc_info=error)
        return None
    return future.result()


def _keep_late(claim: Claim, future: "Future[Judged]") -> None:
    """Keeps what came after the job had gone on, in the thread that asked."""
    if future.cancelled():
        return
    close_old_connections()
    try:
        keep([(claim, future.result())])
    finally:
        close_old_connections()


def claim_due(*, now: datetime) -> list[Claim]:
    """Takes on the runs that are due and may be asked from here: each belongs to whoever moves its next time first."""
    claims = []
    for row in CheckRow.objects.due(now).filter(asked_from__in=("", region()))[:MOST_AT_A_TIME]:
        later = now + timedelta(seconds=row.interval_seconds)
        if CheckRow.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=later):
            claims.append(Claim(check_id=row.pk, spec=spec_of(row), at=now))
    return claims


def _report(now: datetime) -> None:
    """Says that somebody is here who asks, so that people can choose this region."""
    if not Station.objects.filter(region=region(), seen_at__gt=now - REPORTED_AGAIN).exists():
        Station.objects.update_or_create(region=region(), defaults={"seen_at": now})


def keep(results: Sequence[tuple[Claim, Judged]]) -> None:
    """Keeps results: how each check stands now, its hour, and what has to be told."""
    facts = [fact for claim, judged in results if (fact := _keep_one(claim, judged)) is not None]
    if facts:
        publish(ChecksRan(runs=tuple(facts)), now=utcnow())


@transaction.atomic
def _keep_one(claim: Claim, judged: Judged) -> RunFacts | None:
    row = CheckRow.objects.select_for_update().filter(pk=claim.check_id, removed_at=None).first()
    if row is None:
        return None
    asked, is_ok = judged.asked, judged.is_ok
    standing = rules.after_run(CheckState(row.state), row.failures, is_ok=is_ok, spec=claim.spec, now=claim.at)
    if standing.state != row.state and not {standing.state, row.state} <= {CheckState.SHAKY, CheckState.FAILING}:
        row.since = claim.at
    row.state, row.failures, row.next_at = standing.state, standing.failures, standing.next_at
    row.last_at, row.last_status, row.region = claim.at, asked.status, region()
    row.last_us = None if asked.problem else asked.timings.total_us
    row.last_problem = "" if is_ok else judged.failed[:500].replace("\0", "")
    row.certificate_days = rules.certificate_days(asked, claim.at)
    row.save()
    _count(row, judged, claim.at)
    if row.paused_at is None:
        _tell(row, standing.news, judged, claim.at)
    return _facts(row, judged, claim.at)


def _count(row: CheckRow, judged: Judged, at: datetime) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    CheckHour.objects.get_or_create(check_of=row, hour=hour)
    answered = not judged.asked.problem
    CheckHour.objects.filter(check_of=row, hour=hour).update(
        runs=F("runs") + 1,
        failures=F("failures") + int(not judged.is_ok),
        answers=F("answers") + int(answered),
        answered_us=F("answered_us") + (judged.asked.timings.total_us if answered else 0),
    )


def _tell(row: CheckRow, news: str, judged: Judged, at: datetime) -> None:
    if not news:
        return
    make = CheckFailing if news == "failing" else CheckRecovered
    publish(
        make(
            check_id=row.pk,
            api_id=row.api_id,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            at=at,
            detail=judged.failed[:500],
            name=row.name,
        ),
        now=at,
    )


def _facts(row: CheckRow, judged: Judged, at: datetime) -> RunFacts:
    asked = judged.asked
    return RunFacts(
        run_id=new_id(),
        check_id=row.pk,
        api_id=row.api_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        at=at,
        region=row.region,
        is_ok=judged.is_ok,
        status=asked.status,
        duration_us=asked.timings.total_us,
        connect_us=asked.timings.connect_us + asked.timings.tls_us,
        certificate_days=row.certificate_days,
        failed=judged.failed[:500],
        detail=asked.body[:500].decode("utf-8", "replace").replace("\0", "") if not judged.is_ok else "",
    )


def region() -> str:
    """Where this process asks from, as its operator calls it."""
    return str(settings.ENVIRONMENT.region or socket.gethostname())[:60]


def forget_hours(*, before: datetime) -> int:
    """Forgets hours that no figure looks at any more; returns how many."""
    return CheckHour.objects.filter(hour__lt=before).delete()[0]
