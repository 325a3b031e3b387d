"""Runs automations: starts what is due once per slot, works outside of any transaction, and keeps the result in one.

Whatever kills the process, the job comes back and the run is done again; only the run that is first to keep its result counts,
tells people and is metered.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from emporion.agents.automations import refreshing, rules, telling
from emporion.agents.automations.digesting import digest
from emporion.agents.automations.link_checking import check_links
from emporion.agents.automations.models import Automation, Run, Snapshot
from emporion.agents.automations.queries import schedule_of
from emporion.agents.automations.types import (
    DigestInputs,
    Kind,
    LinkCheckInputs,
    Outcome,
    PageText,
    RefreshInputs,
    RunState,
    WatchInputs,
)
from emporion.agents.automations.watching import watch
from emporion.billing import actions as billing
from emporion.billing import queries as plans
from emporion.kernel.errors import DomainError
from emporion.plumbing.actions import enqueue

log = structlog.get_logger()
METRIC = "runs"
OPEN = (RunState.WAITING, RunState.RUNNING)
LOOK_AGAIN = timedelta(seconds=5)
LAST_LOOK = timedelta(minutes=20)
LAST_ATTEMPT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformRun:
    """What the jobs of a run receive."""

    run_id: UUID


def start_due(*, now: datetime) -> int:
    """Start one run of every automation whose time has come, however much time was slept through; returns how many."""
    due = list(Automation.objects.due(now).values_list("id", flat=True)[:500])
    return sum(_start_slot(automation_id, now) for automation_id in due)


@transaction.atomic
def _start_slot(automation_id: UUID, now: datetime) -> bool:
    row = Automation.objects.select_for_update().due(now).filter(id=automation_id).first()
    if row is None or row.next_run_at is None:
        return False
    slot, row.next_run_at = row.next_run_at, rules.next_slot(schedule_of(row), now)
    row.save(update_fields=["next_run_at"])
    if row.runs.filter(state__in=OPEN).exists():
        return False  # one at a time; the next slot comes
    return start(row, slot=slot.isoformat(), due_at=slot, now=now) is not None


def start(row: Automation, *, slot: str, due_at: datetime, now: datetime, is_by_hand: bool = False) -> Run | None:
    """Enqueue the run of a slot, in the caller's transaction; `None` when that slot has had its run."""
    defaults = {"state": RunState.WAITING, "due_at": due_at, "is_by_hand": is_by_hand}
    run, is_new = Run.objects.get_or_create(automation=row, slot=slot, defaults=defaults)
    if is_new:
        enqueue("agents.automations.perform", PerformRun(run_id=run.id), now=now, key=f"automation-run:{run.id}")
    return run if is_new else None


def perform(*, run_id: UUID, attempt: int, now: datetime) -> None:
    """Do a run that has not ended yet, and keep what came of it."""
    run = Run.objects.select_related("automation").filter(id=run_id, state__in=OPEN).first()
    if run is None:
        return
    began = time.monotonic()
    try:
        outcome = _work(run, now)
    except DomainError as error:
        _fail(run, error.message, error.step, _later(now, began))
        return
    except Exception:
        if attempt >= LAST_ATTEMPT:
            _fail(run, _("Something went wrong here."), _("The next run tries again; nothing was charged."), now)
        raise
    if outcome is not None:
        keep(run, outcome, now=_later(now, began))


def _later(now: datetime, began: float) -> datetime:
    return now + timedelta(seconds=time.monotonic() - began)


def _work(run: Run, now: datetime) -> Outcome | None:
    row = run.automation
    admission = plans.admit(subscription_id=row.id, metric=METRIC, quantity=1, now=now)
    if not admission.allowed or row.ended_at is not None:
        _skip(run, str(admission.reason), str(admission.next_step), now)
        return None
    Run.objects.filter(id=run.id, state__in=OPEN).update(state=RunState.RUNNING, started_at=run.started_at or now)
    run.started_at = run.started_at or now
    inputs = rules.inputs_of(Kind(row.kind), row.inputs)
    match inputs:
        case WatchInputs():
            return watch(inputs, _snapshots(row))
        case LinkCheckInputs():
            return check_links(inputs)
        case DigestInputs():
            return digest(organisation_id=row.organisation_id, project_id=row.project_id, now=now)
        case RefreshInputs():
            return _refresh(run, inputs, now)


def _snapshots(row: Automation) -> dict[str, PageText]:
    pages = Snapshot.objects.filter(automation=row)
    return {one.address: PageText(address=one.address, title=one.title, blocks=tuple(one.blocks)) for one in pages}


def _refresh(run: Run, inputs: RefreshInputs, now: datetime) -> Outcome | None:
    """The first time ask for the reading, then look until it is over."""
    row = run.automation
    owner = {"organisation_id": row.organisation_id, "project_id": row.project_id}
    if not run.baseline:
        with transaction.atomic():
            run.baseline = refreshing.begin(inputs, **owner, now=now)
            run.save(update_fields=["baseline"])
            _look_again(run, now)
        return None
    is_last = now - (run.started_at or now) >= LAST_LOOK
    outcome = refreshing.collect(inputs, **owner, baseline=run.baseline, is_last=is_last)
    if outcome is None:
        _look_again(run, now)
    return outcome


def _look_again(run: Run, now: datetime) -> None:
    at = now + LOOK_AGAIN
    job = PerformRun(run_id=run.id)
    enqueue("agents.automations.perform", job, now=now, run_at=at, key=f"automation-run:{run.id}:{at.timestamp():.0f}")


@transaction.atomic
def keep(run: Run, outcome: Outcome, *, now: datetime) -> None:
    """Keep a result once: the findings, the pages read, the use, and what people are told."""
    if not _ends(run, RunState.DONE, now):
        return
    row = run.automation
    run.summary = outcome.summary[:300]
    run.findings = msgspec.json.encode(outcome.findings).decode()
    run.finding_count = len(outcome.findings)
    run.save(update_fields=["summary", "findings", "finding_count"])
    _remember(row, outcome, now)
    billing.record_usage(subscription_id=row.id, metric=METRIC, quantity=1, event_id=str(run.id), now=now)
    if outcome.is_news:
        telling.tell_result(run, outcome, now=now)


def _ends(run: Run, state: RunState, now: datetime) -> bool:
    """Whether this is the one that ends the run."""
    return bool(Run.objects.filter(id=run.id, state__in=OPEN).update(state=state, finished_at=now))


def _remember(row: Automation, outcome: Outcome, now: datetime) -> None:
    for page in outcome.pages:
        Snapshot.objects.update_or_create(
            automation=row,
            address_hash=_hash(page.address),
            defaults={
                "address": page.address,
                "title": page.title,
                "blocks": list(page.blocks),
                "text_hash": _hash("\n".join(page.blocks)),
                "read_at": now,
            },
        )
    Snapshot.objects.filter(automation=row, address_hash__in=[_hash(address) for address in outcome.gone]).delete()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def _fail(run: Run, problem: str, next_step: str, now: datetime) -> None:
    """Keep why a run failed; people are told of the first of several failures only."""
    if not _ends(run, RunState.FAILED, now):
        return
    Run.objects.filter(id=run.id).update(problem=problem[:500], next_step=next_step[:300])
    log.info("automation_failed", run=str(run.id), kind=run.automation.kind)
    telling.tell_trouble(run, RunState.FAILED, problem, next_step, now=now)


@transaction.atomic
def _skip(run: Run, reason: str, next_step: str, now: datetime) -> None:
    if not _ends(run, RunState.SKIPPED, now):
        return
    Run.objects.filter(id=run.id).update(problem=reason[:500], next_step=next_step[:300])
    telling.tell_trouble(run, RunState.SKIPPED, reason, next_step, now=now)
