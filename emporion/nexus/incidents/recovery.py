"""Recovery is proven, minute by minute, before an incident may close: calls within bounds, checks green, budget not burning."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from emporion.gateway.routing.queries import routes_of
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.apis import figures
from emporion.nexus.apis.queries import watches_of
from emporion.nexus.apis.types import Minute, Scope, Watch
from emporion.nexus.checks.queries import checks_of
from emporion.nexus.checks.types import Check, CheckState
from emporion.nexus.incidents import rules, timeline
from emporion.nexus.incidents.models import Affected, Incident, Mitigation, RecoveryCell
from emporion.nexus.incidents.types import (
    OPEN_STATES,
    CellView,
    EntryKind,
    Happening,
    IncidentState,
    IncidentView,
    ProofView,
)
from emporion.plumbing.types import Actor

LOOKS_BACK = timedelta(hours=4)  # a proof needs minutes; an old incident does not need its whole past judged again
Sums = tuple[int, int, float | None]  # calls, failures, p95 in milliseconds
HOLDS = 3  # minutes in bounds from which on something counts as coming back


def judge(*, incident_id: UUID, now: datetime) -> None:
    """Judges every minute that is complete, writes what that changes on the timeline, and moves the incident's state on."""
    incident = Incident.objects.filter(pk=incident_id, state__in=OPEN_STATES).first()
    if incident is None:
        return
    actor = Actor.system(incident.organisation_id)
    affected = list(incident.affected.all())
    cells = [cell for one in affected for cell in _judged(incident, one, actor, now)]
    with transaction.atomic():
        RecoveryCell.objects.bulk_create(
            cells,
            update_conflicts=True,
            unique_fields=["affected", "minute"],
            update_fields=["is_ok", "calls", "failures", "p95_ms", "reason"],
        )
        timeline.gather(incident, now=now)
        proofs = proofs_for(incident, now)
        for one, proof in zip(affected, proofs, strict=True):
            _tell(incident, one, proof, now)
        _move_on(incident, proofs, now)


def proofs_of(incident: IncidentView, now: datetime) -> tuple[ProofView, ...]:
    """How far the recovery of each affected thing is proven, for whoever has been shown the incident."""
    return proofs_for(Incident.objects.get(pk=incident.id), now)


def proofs_for(incident: Incident, now: datetime) -> tuple[ProofView, ...]:
    """The same, from the row; a closed incident shows how it stood when it closed."""
    until = _floor(min(now, incident.closed_at or now))
    found: dict[UUID, list[CellView]] = defaultdict(list)
    needed = incident.recovery_minutes
    rows = RecoveryCell.objects.filter(affected__incident=incident, minute__gte=until - timedelta(minutes=4 * needed + 5))
    for row in rows.filter(minute__lt=until).order_by("minute"):
        found[row.affected_id].append(_cell(row))
    return tuple(_proof(incident, one, found[one.pk], until) for one in incident.affected.all())


def missing_proof(actor: Actor, incident: IncidentView, now: datetime) -> tuple[str, ...]:
    """What keeps the incident from closing, a sentence each; the latest minutes are judged first."""
    judge(incident_id=incident.id, now=now)
    proofs = proofs_of(incident, now)
    if proofs:
        return tuple(_missing(proof) for proof in proofs if not proof.is_proven)
    problems = [problem_of(actor, problem_id) for problem_id in incident.problem_ids]
    return tuple(_("“%(title)s” is still open") % {"title": one.title} for one in problems if one.is_open)


def proven_at(incident: Incident) -> datetime | None:
    """When the proof was complete."""
    entry = incident.entries.filter(kind=EntryKind.RESOLVED, key__startswith="proven:").order_by("-at").first()
    return entry.at if entry else None


def _judged(incident: Incident, affected: Affected, actor: Actor, now: datetime) -> Iterable[RecoveryCell]:
    until = _floor(now)
    last = affected.cells.order_by("-minute").values_list("minute", flat=True).first()
    first = max(incident.began_at, now - LOOKS_BACK) if last is None else last - rules.SETTLING * rules.MINUTE
    since = _floor(first)
    if since >= until:
        return
    bounds = bounds_of(actor, incident.project_id, affected.api_id)
    checks = [one for one in checks_of(actor, incident.project_id) if one.spec.api_id == affected.api_id]
    for at, (calls, failures, p95_ms) in _minutes(incident, affected, actor, since, until).items():
        look = _look(at, calls, failures, p95_ms, checks)
        reason = rules.out_of_bounds(look, bounds)
        yield RecoveryCell(
            affected=affected, minute=at, is_ok=not reason, calls=calls, failures=failures, p95_ms=p95_ms, reason=reason[:200]
        )


def _minutes(incident: Incident, affected: Affected, actor: Actor, since: datetime, until: datetime) -> Mapping[datetime, Sums]:
    """Calls, failures and p95 by minute, those that were led elsewhere included: what counts is what the caller gets."""
    targets = set(Mitigation.objects.filter(incident=incident, api_id=affected.api_id).values_list("to_api_id", flat=True))
    for route in routes_of(actor, incident.project_id, now=until):
        if route.api_id == affected.api_id and route.is_in_force:
            targets |= {target.api_id for target in route.targets}
    found: dict[datetime, tuple[int, int, float | None]] = {
        since + index * rules.MINUTE: (0, 0, None) for index in range(int((until - since) / rules.MINUTE))
    }
    for api_id in {affected.api_id, *targets} - {None}:
        scope = Scope(project_id=incident.project_id, api_id=api_id, feature=affected.feature)
        for minute in figures.minutes(actor, scope, since, until):
            found[minute.at] = _added(found.get(minute.at, (0, 0, None)), minute)
    return found


def _added(sums: Sums, minute: Minute) -> Sums:
    slowest = max((one for one in (sums[2], minute.p95_ms) if one is not None), default=None)
    return sums[0] + minute.calls, sums[1] + minute.failures, slowest


def _look(at: datetime, calls: int, failures: int, p95_ms: float | None, checks: list[Check]) -> rules.Look:
    end = at + rules.MINUTE
    failing = [one.spec.name for one in checks if one.state is CheckState.FAILING and (one.since or at) < end]
    green = [one for one in checks if one.state is CheckState.PASSING and (one.since or one.created_at) <= end]
    return rules.Look(
        at=at,
        calls=calls,
        failures=failures,
        p95_ms=p95_ms,
        failing_check=failing[0] if failing else "",
        has_green_check=bool(green),
    )


def bounds_of(actor: Actor, project_id: UUID, api_id: UUID) -> rules.Bounds:
    """What the owner expects of an API; the usual where nobody said, or where it was removed."""
    watch = watches_of(actor, project_id).get(api_id, Watch(api_id=api_id))
    return rules.Bounds(failure_rate=1 - watch.target, p95_ms=watch.latency_ms or None)


def _proof(incident: Incident, affected: Affected, cells: list[CellView], until: datetime) -> ProofView:
    needed = incident.recovery_minutes
    minutes = rules.minutes_in_bounds(cells, until)
    row = cells[-minutes:][-needed:] if minutes else []
    bounds = bounds_of(Actor.system(incident.organisation_id), incident.project_id, affected.api_id)
    calls, failures = sum(cell.calls for cell in row), sum(cell.failures for cell in row)
    return ProofView(
        affected_id=affected.pk,
        name=str(affected),
        minutes=min(minutes, needed),
        needed=needed,
        burn=rules.burn(calls, failures, bounds),
        cells=tuple(row) or tuple(cells[-1:]),
        detail=_detail(cells),
    )


def _detail(cells: list[CellView]) -> str:
    if not cells:
        return _("Not judged yet")
    last = cells[-1]
    if not last.is_ok:
        return last.reason
    if not last.calls:
        return _("No calls in the last minute, checks are green")
    rate = rules.percent(last.failures / last.calls)
    if last.p95_ms is None:
        return _("%(rate)s errors") % {"rate": rate}
    return _("%(rate)s errors, p95 %(p95)s") % {"rate": rate, "p95": rules.seconds(last.p95_ms)}


def _missing(proof: ProofView) -> str:
    facts = {"name": proof.name, "minutes": proof.minutes, "needed": proof.needed, "detail": proof.detail}
    if proof.minutes < proof.needed:
        return _("%(name)s: %(minutes)s of %(needed)s min within bounds. %(detail)s") % facts
    return _("%(name)s: spends its error budget %(burn)s times too fast") % {"name": proof.name, "burn": f"{proof.burn:.1f}"}


def _tell(incident: Incident, affected: Affected, proof: ProofView, now: datetime) -> None:
    """Writes when something came back and when it fell back again, once for each stretch of minutes."""
    last = affected.cells.order_by("-minute").first()
    if proof.minutes >= min(HOLDS, proof.needed) and affected.recovered_at is None:
        affected.recovered_at = (last.minute if last else now) - (proof.minutes - 1) * rules.MINUTE
        text, kind, at = _("%(name)s is back within bounds"), EntryKind.RECOVERING, affected.recovered_at
    elif proof.minutes == 0 and affected.recovered_at is not None and last is not None and not last.is_ok:
        affected.recovered_at = None
        text, kind, at = _("%(name)s is out of bounds again"), EntryKind.RELAPSED, last.minute
    else:
        return
    affected.save(update_fields=["recovered_at"])
    line = Happening(
        key=f"{kind}:{affected.pk}:{at.isoformat()}", kind=kind, at=at, text=text % {"name": affected}, detail=proof.detail
    )
    timeline.write(incident, line, now=now)


def _move_on(incident: Incident, proofs: tuple[ProofView, ...], now: datetime) -> None:
    is_recovering = bool(proofs) and all(proof.minutes >= min(HOLDS, proof.needed) for proof in proofs)
    has_routes = incident.mitigations.filter(withdrawn_at=None).exists()
    state = rules.state_after(IncidentState(incident.state), is_recovering=is_recovering, has_routes=has_routes)
    is_proven = bool(proofs) and all(proof.is_proven for proof in proofs)
    if is_proven and incident.recovered_at is None:
        incident.recovered_at = max((cell.at for proof in proofs for cell in proof.cells), default=now) + rules.MINUTE
        text = _("Recovery proven: everything within bounds for %(minutes)s min") % {"minutes": incident.recovery_minutes}
        at = incident.recovered_at
        line = Happening(key=f"proven:{at.isoformat()}", kind=EntryKind.RESOLVED, at=at, text=text)
        timeline.write(incident, line, now=now)
    elif not is_recovering:
        incident.recovered_at = None
    incident.state = state
    incident.save(update_fields=["state", "recovered_at"])


def _cell(row: RecoveryCell) -> CellView:
    return CellView(at=row.minute, is_ok=row.is_ok, calls=row.calls, failures=row.failures, p95_ms=row.p95_ms, reason=row.reason)


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
